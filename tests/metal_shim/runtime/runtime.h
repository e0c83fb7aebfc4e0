// A small Objective-C runtime for ELF on x86-64: enough to run the Metal backend on the shim, and
// stricter than Apple's. Whatever Apple's leaves undefined or forgives ends the process here.
#pragma once

#include "abi.h"

namespace objc {

[[noreturn]] void fail(const char* what, const char* name = "", const char* detail = "");

Selector register_selector(const char* name);
// Nullptr where neither the class nor its ancestors have the method.
Implementation find_method(const Class* cls, Selector selector);
// A method of this very class.
Implementation find_own_method(const Class* cls, Selector selector);

// The class of a live object; the process ends where the object was freed.
Class* class_of(const Object* object);
bool is_block(const void* object);

Object* allocate(Class* cls);
void destroy(Object* object);
Object* retain(Object* object);
void release(Object* object);

}  // namespace objc
