// Allocation and reference counts. Freed objects keep their memory, so that every later use shows.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <string>

#include "runtime.h"

extern objc::Class constant_string_class __asm__("OBJC_CLASS_$_NSConstantString");

namespace objc {
namespace {

constexpr std::uint64_t kLive = 0x6c697665;
constexpr std::uint64_t kFreed = 0x64656164;

// Lies before every object.
struct Header {
  std::atomic<std::uint64_t> state;
  std::atomic<long> references;
};

// Objects alive by class, apart from classes and string literals.
struct Counts {
  std::mutex mutex;
  std::map<std::string, long> live;
};

Counts& counts() {
  static auto* const instance = new Counts;
  return *instance;
}

void count(const Class* cls, long change) {
  const std::lock_guard<std::mutex> lock(counts().mutex);
  counts().live[cls->data->name] += change;
}

Header& header_of(const Object* object) {
  return *(reinterpret_cast<Header*>(const_cast<Object*>(object)) - 1);
}

// Classes and string literals are no heap objects and live for ever.
bool is_immortal(const Object* object) {
  return object->isa->is_metaclass() || object->isa == &constant_string_class;
}

void call(Object* object, Implementation method, Selector selector) {
  reinterpret_cast<void (*)(Object*, Selector)>(method)(object, selector);
}

void construct_members(const Class* cls, Object* object) {
  if (cls->super) {
    construct_members(cls->super, object);
  }
  const Selector selector = register_selector(".cxx_construct");
  if (const Implementation own = find_own_method(cls, selector)) {
    call(object, own, selector);
  }
}

void destroy_members(const Class* cls, Object* object) {
  const Selector selector = register_selector(".cxx_destruct");
  for (; cls; cls = cls->super) {
    if (const Implementation own = find_own_method(cls, selector)) {
      call(object, own, selector);
    }
  }
}

}  // namespace

Class* class_of(const Object* object) {
  if (!is_immortal(object) && header_of(object).state != kLive) {
    fail("use after release of", object->isa->data->name);
  }
  return object->isa;
}

Object* allocate(Class* cls) {
  void* memory = std::calloc(1, sizeof(Header) + cls->data->instance_size);
  auto* header = new (memory) Header{{kLive}, {1}};
  auto* object = reinterpret_cast<Object*>(header + 1);
  object->isa = cls;
  count(cls, 1);
  construct_members(cls, object);
  return object;
}

void destroy(Object* object) {
  destroy_members(object->isa, object);
  count(object->isa, -1);
  header_of(object).state = kFreed;
}

Object* retain(Object* object) {
  if (object && !is_immortal(object)) {
    class_of(object);
    ++header_of(object).references;
  }
  return object;
}

void release(Object* object) {
  if (!object || is_immortal(object)) {
    return;
  }
  Class* const cls = class_of(object);
  if (--header_of(object).references == 0) {
    const Selector dealloc = register_selector("dealloc");
    call(object, find_method(cls, dealloc), dealloc);
  }
}

}  // namespace objc

// The number of objects alive now; on request, names their classes on the standard error stream.
OBJC_API long objc_live_objects(int print) {
  const std::lock_guard<std::mutex> lock(objc::counts().mutex);
  long total = 0;
  for (const auto& [name, number] : objc::counts().live) {
    if (print && number != 0) {
      std::fprintf(stderr, "objc runtime: alive: %ld %s\n", number, name.c_str());
    }
    total += number;
  }
  return total;
}
