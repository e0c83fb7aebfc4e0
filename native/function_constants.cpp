#include "function_constants.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>

#include "errors.h"
#include "nearest_name.h"

namespace assay {
namespace {

using Constants = std::vector<FunctionConstant>;

constexpr const char* kNames[] = {"bool", "char", "uchar", "short",  "ushort", "int",
                                  "uint", "long", "ulong", "half", "bfloat", "float"};
constexpr std::size_t kSizes[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 2, 4};

std::size_t number(ScalarType type) { return static_cast<std::size_t>(type); }

bool is_float(ScalarType type) { return type >= ScalarType::half; }

bool is_signed(ScalarType type) { return number(type) % 2 == 1; }  // of an integer

double largest(ScalarType type) {
  constexpr double kHalf = 65504;
  constexpr double kBfloat = 0x1.fep127;
  return type == ScalarType::half ? kHalf
         : type == ScalarType::bfloat ? kBfloat
                                      : double{std::numeric_limits<float>::max()};
}

std::string text(const Scalar& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag ? "true" : "false";
  }
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*integer);
  }
  if (const auto* integer = std::get_if<std::uint64_t>(&value)) {
    return std::to_string(*integer);
  }
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", std::get<double>(value));
  return buffer;
}

std::string text(const std::variant<std::string, std::uint32_t>& key) {
  const auto* name = std::get_if<std::string>(&key);
  return name ? "'" + *name + "'" : "with index " + std::to_string(std::get<std::uint32_t>(key));
}

// "function constant 'count' (index 0)"
std::string title(const FunctionConstant& constant) {
  return "function constant '" + constant.name + "' (index " + std::to_string(constant.index) +
         ")";
}

std::optional<Scalar> to_integer(ScalarType type, const Scalar& value) {
  const unsigned bits = static_cast<unsigned>(8 * kSizes[number(type)]);
  const auto* negative = std::get_if<std::int64_t>(&value);
  if (negative && *negative < 0) {
    const std::int64_t lowest = -1 - (std::numeric_limits<std::int64_t>::max() >> (64 - bits));
    const bool fits = is_signed(type) && *negative >= lowest;
    return fits ? std::optional<Scalar>(*negative) : std::nullopt;
  }
  const std::uint64_t magnitude =
      negative ? static_cast<std::uint64_t>(*negative) : std::get<std::uint64_t>(value);
  if (magnitude > std::numeric_limits<std::uint64_t>::max() >> (64 - bits + is_signed(type))) {
    return std::nullopt;
  }
  if (is_signed(type)) {
    return static_cast<std::int64_t>(magnitude);
  }
  return magnitude;
}

std::optional<Scalar> to_float(ScalarType type, const Scalar& value) {
  double number = 0;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    number = static_cast<double>(*integer);
  } else if (const auto* unsigned_integer = std::get_if<std::uint64_t>(&value)) {
    number = static_cast<double>(*unsigned_integer);
  } else {
    number = std::get<double>(value);
  }
  const bool fits = !std::isfinite(number) || std::fabs(number) <= largest(type);
  return fits ? std::optional<Scalar>(number) : std::nullopt;
}

const char* wanted(ScalarType type) {
  return type == ScalarType::boolean ? "true or false" : is_float(type) ? "a number" : "an integer";
}

Scalar converted(const std::string& kernel, const FunctionConstant& constant, const Scalar& value) {
  const ScalarType type = constant.type.scalar;
  const bool is_flag = std::holds_alternative<bool>(value);
  const bool is_real = std::holds_alternative<double>(value);
  if (is_flag != (type == ScalarType::boolean) || (is_real && !is_float(type))) {
    throw PipelineError(kernel, title(constant) + " is of type " + name_of(constant.type) +
                                    ": give " + wanted(type) + ", not " + text(value));
  }
  if (is_flag) {
    return value;
  }
  const std::optional<Scalar> found =
      is_float(type) ? to_float(type, value) : to_integer(type, value);
  if (!found) {
    throw PipelineError(kernel, text(value) + " does not fit " + title(constant) +
                                    ", which is of type " + name_of(constant.type));
  }
  return *found;
}

FunctionConstantValue checked(const std::string& kernel, const FunctionConstant& constant,
                              const GivenConstant& given) {
  if (given.components.size() != constant.type.width) {
    const std::string width = std::to_string(constant.type.width);
    const std::string need = constant.type.width == 1 ? "one value" : width + " components";
    throw PipelineError(kernel, title(constant) + " is of type " + name_of(constant.type) +
                                    ": give " + need + ", not " +
                                    std::to_string(given.components.size()));
  }
  FunctionConstantValue value{constant.index, constant.type, {}};
  for (const Scalar& component : given.components) {
    value.components.push_back(converted(kernel, constant, component));
  }
  return value;
}

const FunctionConstant* find(const Constants& constants, const GivenConstant& given) {
  const auto* name = std::get_if<std::string>(&given.key);
  const auto* index = std::get_if<std::uint32_t>(&given.key);
  const auto found = std::find_if(constants.begin(), constants.end(), [&](const auto& constant) {
    return name ? constant.name == *name : constant.index == *index;
  });
  return found == constants.end() ? nullptr : &*found;
}

PipelineError unknown(const std::string& kernel, const GivenConstant& given,
                      const Constants& declared) {
  std::string message = "there is no function constant " + text(given.key) + "; ";
  std::vector<std::string> names;
  for (const FunctionConstant& constant : declared) {
    message += names.empty() ? "the kernel has: " : ", ";
    message += constant.name + " (index " + std::to_string(constant.index) + ")";
    names.push_back(constant.name);
  }
  if (names.empty()) {
    message += "the kernel has none";
  }
  const auto* name = std::get_if<std::string>(&given.key);
  const std::string nearest = name ? nearest_name(*name, names) : "";
  return PipelineError(kernel,
                       nearest.empty() ? message : message + ". Did you mean '" + nearest + "'?");
}

void require_complete(const std::string& kernel, const Constants& declared,
                      const std::vector<FunctionConstantValue>& values) {
  for (const FunctionConstant& constant : declared) {
    const bool has_value = std::any_of(values.begin(), values.end(), [&](const auto& value) {
      return value.index == constant.index;
    });
    if (constant.required && !has_value) {
      throw PipelineError(kernel, title(constant) + " has no value: pass constants={\"" +
                                      constant.name + "\": …} of type " + name_of(constant.type) +
                                      " to pipeline()");
    }
  }
}

// Rounds to the nearest value with `kept` bits of mantissa, to even in the middle.
double rounded(double value, int kept, int smallest_exponent) {
  int exponent = 0;
  std::frexp(value, &exponent);
  const int unit = std::max(exponent, smallest_exponent) - kept;
  return std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit);
}

std::uint32_t float_bits(double value) {
  const auto single = static_cast<float>(value);
  std::uint32_t bits = 0;
  std::memcpy(&bits, &single, sizeof bits);
  return bits;
}

std::uint16_t bfloat_bits(double value) {
  return static_cast<std::uint16_t>(
      float_bits(std::isfinite(value) ? rounded(value, 8, -125) : value) >> 16);
}

std::uint16_t half_bits(double value) {
  constexpr std::uint32_t kInfinity = 0x7c00;
  const auto sign = static_cast<std::uint32_t>(std::signbit(value) ? 0x8000 : 0);
  if (!std::isfinite(value)) {
    return static_cast<std::uint16_t>(sign | kInfinity | (std::isnan(value) ? 0x200u : 0u));
  }
  constexpr double kSmallestNormal = 0x1p-14;
  const double magnitude = std::fabs(rounded(value, 11, -13));
  if (magnitude < kSmallestNormal) {
    return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(magnitude * 0x1p24));
  }
  int exponent = 0;
  const double fraction = std::frexp(magnitude, &exponent);
  const auto mantissa = static_cast<std::uint32_t>(fraction * 2048) & 0x3ffu;
  return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(exponent + 14) << 10 |
                                    mantissa);
}

std::uint64_t bits_of(ScalarType type, const Scalar& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag ? 1 : 0;
  }
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return static_cast<std::uint64_t>(*integer);
  }
  if (const auto* integer = std::get_if<std::uint64_t>(&value)) {
    return *integer;
  }
  const double real = std::get<double>(value);
  return type == ScalarType::half     ? half_bits(real)
         : type == ScalarType::bfloat ? bfloat_bits(real)
                                      : float_bits(real);
}

}  // namespace

std::string name_of(const DataType& type) {
  return kNames[number(type.scalar)] + (type.width > 1 ? std::to_string(type.width) : "");
}

std::array<unsigned char, 32> FunctionConstantValue::bytes() const {
  std::array<unsigned char, 32> result{};
  const std::size_t size = kSizes[number(type.scalar)];
  for (std::size_t i = 0; i < components.size(); ++i) {
    const std::uint64_t bits = bits_of(type.scalar, components[i]);
    for (std::size_t byte = 0; byte < size; ++byte) {
      result[i * size + byte] = static_cast<unsigned char>(bits >> (8 * byte));
    }
  }
  return result;
}

std::vector<FunctionConstantValue> check_constants(const std::string& kernel,
                                                   const Constants& declared,
                                                   const Constants& others,
                                                   const std::vector<GivenConstant>& given) {
  std::vector<FunctionConstantValue> values;
  for (const GivenConstant& one : given) {
    const FunctionConstant* constant = find(declared, one);
    if (!constant) {
      if (find(others, one)) {
        continue;
      }
      throw unknown(kernel, one, declared);
    }
    for (const FunctionConstantValue& earlier : values) {
      if (earlier.index == constant->index) {
        throw PipelineError(kernel, title(*constant) +
                                        " is given by name and by index: give it once");
      }
    }
    values.push_back(checked(kernel, *constant, one));
  }
  require_complete(kernel, declared, values);
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  return values;
}

}  // namespace assay
