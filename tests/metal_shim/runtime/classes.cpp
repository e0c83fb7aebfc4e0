// Selectors, classes and their methods. Methods are registered when the image is loaded, and only
// read after that.
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "runtime.h"

namespace objc {
namespace {

struct Registry {
  std::mutex mutex;  // of the selectors
  std::unordered_set<std::string> selectors;
  std::unordered_map<const Class*, std::unordered_map<Selector, Implementation>> methods;
};

Registry& registry() {
  static Registry* const instance = new Registry;  // objects may outlive static destructors
  return *instance;
}

void add_methods(const Class* cls, MethodList* list) {
  if (!list) {
    return;
  }
  const std::size_t size = list->entry_size & 0xfffc;
  for (std::uint32_t i = 0; i < list->count; ++i) {
    auto* method = reinterpret_cast<Method*>(reinterpret_cast<char*>(list->first) + size * i);
    registry().methods[cls][register_selector(method->selector)] = method->implementation;
  }
}

void add_class(Class* cls) {
  // Instance variables would have to move: every class here is compiled with its ancestors in view.
  if (cls->super && cls->super->data->instance_size > cls->data->instance_start) {
    fail("the layout of a class overlaps that of its superclass", cls->data->name);
  }
  add_methods(cls, cls->data->methods);
  add_methods(cls->isa, cls->isa->data->methods);
}

Implementation find_or_fail(const Class* cls, Selector selector) {
  if (const Implementation found = find_method(cls, selector)) {
    return found;
  }
  fail(cls->is_metaclass() ? "unrecognised selector of a class:" : "unrecognised selector:",
       cls->data->name, selector);
}

}  // namespace

void fail(const char* what, const char* name, const char* detail) {
  std::fprintf(stderr, "objc runtime: %s %s %s\n", what, name, detail);
  std::abort();
}

Selector register_selector(const char* name) {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  return registry().selectors.insert(name).first->c_str();
}

Implementation find_own_method(const Class* cls, Selector selector) {
  const auto methods = registry().methods.find(cls);
  if (methods == registry().methods.end()) {
    return nullptr;
  }
  const auto found = methods->second.find(selector);
  return found == methods->second.end() ? nullptr : found->second;
}

Implementation find_method(const Class* cls, Selector selector) {
  for (; cls; cls = cls->super) {
    if (const Implementation found = find_own_method(cls, selector)) {
      return found;
    }
  }
  return nullptr;
}

}  // namespace objc

OBJC_API void* _objc_empty_cache;
OBJC_API void* _objc_empty_vtable;
void* _objc_empty_cache = nullptr;
void* _objc_empty_vtable = nullptr;

// Called by the constructor in image.c.
OBJC_API void objc_register(const char** selectors, const char** selectors_end,
                            objc::Class** classes, objc::Class** classes_end) {
  for (; selectors < selectors_end; ++selectors) {
    *selectors = objc::register_selector(*selectors);
  }
  for (; classes < classes_end; ++classes) {
    objc::add_class(*classes);
  }
}

// Called by the trampolines in message_send.S.
OBJC_API objc::Implementation objc_lookup(objc::Object* receiver, objc::Selector selector) {
  return objc::find_or_fail(objc::class_of(receiver), selector);
}

OBJC_API objc::Implementation objc_lookup_super(objc::Super* super, objc::Selector selector) {
  return objc::find_or_fail(super->current->super, selector);
}
