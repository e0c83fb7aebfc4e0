// Values that the host gives to [[function_constant(index)]] when it makes a pipeline.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace assay {

// What a component of a function constant can be.
enum class ScalarType : std::uint32_t {
  boolean,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  half,
  bfloat,
  float32,
};

struct DataType {
  ScalarType scalar = ScalarType::int32;
  std::uint32_t width = 1;  // 2 to 4: a vector
};

// In Metal's words: "uint", "half3".
std::string name_of(const DataType& type);

// A constant that a kernel refers to.
struct FunctionConstant {
  std::string name;
  std::uint32_t index = 0;
  DataType type;
  bool required = true;  // false where the source asks is_function_constant_defined(name)
};

using Scalar = std::variant<bool, std::int64_t, std::uint64_t, double>;

// A value as the host gives it: for a name or an index, one component or those of a vector.
struct GivenConstant {
  std::variant<std::string, std::uint32_t> key;
  std::vector<Scalar> components;
};

// A checked value. The components are bool, int64, uint64 or double, as the type wants.
struct FunctionConstantValue {
  std::uint32_t index = 0;
  DataType type;
  std::vector<Scalar> components;

  // The value as the device reads it; vectors of 3 take the room of 4.
  std::array<unsigned char, 32> bytes() const;
};

// The values for a kernel whose constants are `declared`, sorted by index. Values of `others`, the
// constants of the library's other kernels, are left out. PipelineError where a value has the wrong
// type, belongs to no constant or is given twice, or where a required one is missing.
std::vector<FunctionConstantValue> check_constants(const std::string& kernel,
                                                   const std::vector<FunctionConstant>& declared,
                                                   const std::vector<FunctionConstant>& others,
                                                   const std::vector<GivenConstant>& given);

}  // namespace assay
