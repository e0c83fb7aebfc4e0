// What clang emits for Objective-C code with -fobjc-runtime=macosx, as the runtime reads it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace objc {

using Selector = const char*;  // unique per name once registered
using Implementation = void (*)();

struct Method {
  Selector selector;
  const char* types;
  Implementation implementation;
};

struct MethodList {
  std::uint32_t entry_size;
  std::uint32_t count;
  Method first[1];
};

constexpr std::uint32_t kIsMetaclass = 1;

struct ClassData {
  std::uint32_t flags;
  std::uint32_t instance_start;
  std::uint32_t instance_size;
  std::uint32_t reserved;
  const void* strong_layout;
  const char* name;
  MethodList* methods;
  void* protocols;
  void* variables;
  const void* weak_layout;
  void* properties;
};

struct Class {
  Class* isa;
  Class* super;
  void* cache;
  void* vtable;
  ClassData* data;

  bool is_metaclass() const { return data->flags & kIsMetaclass; }
};

struct Object {
  Class* isa;
};

struct Super {
  Object* receiver;
  Class* current;
};

struct BlockDescriptor {
  std::uintptr_t reserved;
  std::uintptr_t size;
  void (*copy)(void* target, const void* source);
  void (*dispose)(const void* block);
};

struct Block {
  void* isa;
  std::int32_t flags;
  std::int32_t reserved;
  void (*invoke)();
  BlockDescriptor* descriptor;
};

}  // namespace objc

#define OBJC_API extern "C" __attribute__((visibility("default")))
