// What clang calls under ARC.
#include "runtime.h"

OBJC_API void* _Block_copy(const void* block);
OBJC_API void _Block_release(const void* block);
OBJC_API objc::Object* objc_autorelease(objc::Object* object);

namespace {

objc::Object* send(void* receiver, const objc::Class* cls, const char* name) {
  using Send = objc::Object* (*)(void*, objc::Selector);
  const objc::Selector selector = objc::register_selector(name);
  return reinterpret_cast<Send>(objc::find_method(cls, selector))(receiver, selector);
}

objc::Object*& place(objc::Object* self, std::ptrdiff_t offset) {
  return *reinterpret_cast<objc::Object**>(reinterpret_cast<char*>(self) + offset);
}

}  // namespace

OBJC_API objc::Object* objc_retain(objc::Object* object) {
  return objc::is_block(object) ? static_cast<objc::Object*>(_Block_copy(object))
                                : objc::retain(object);
}

OBJC_API void objc_release(objc::Object* object) {
  if (objc::is_block(object)) {
    _Block_release(object);
  } else {
    objc::release(object);
  }
}

OBJC_API objc::Object* objc_retainBlock(objc::Object* block) {
  return static_cast<objc::Object*>(_Block_copy(block));
}

OBJC_API objc::Object* objc_retainAutorelease(objc::Object* object) {
  return objc_autorelease(objc_retain(object));
}

OBJC_API objc::Object* objc_autoreleaseReturnValue(objc::Object* object) {
  return objc_autorelease(object);
}

OBJC_API objc::Object* objc_retainAutoreleaseReturnValue(objc::Object* object) {
  return objc_retainAutorelease(object);
}

OBJC_API objc::Object* objc_retainAutoreleasedReturnValue(objc::Object* object) {
  return objc_retain(object);
}

OBJC_API objc::Object* objc_claimAutoreleasedReturnValue(objc::Object* object) {
  return objc_retain(object);
}

OBJC_API objc::Object* objc_unsafeClaimAutoreleasedReturnValue(objc::Object* object) {
  return object;
}

OBJC_API void objc_storeStrong(objc::Object** variable, objc::Object* object) {
  objc::Object* const old = *variable;
  *variable = objc_retain(object);
  objc_release(old);
}

OBJC_API objc::Object* objc_alloc(objc::Class* cls) { return send(cls, cls->isa, "alloc"); }

OBJC_API objc::Object* objc_alloc_init(objc::Class* cls) {
  objc::Object* const object = objc_alloc(cls);
  return send(object, object->isa, "init");
}

OBJC_API objc::Object* objc_opt_new(objc::Class* cls) { return objc_alloc_init(cls); }
OBJC_API objc::Object* objc_opt_self(objc::Object* object) { return object; }

OBJC_API objc::Class* objc_opt_class(objc::Object* object) {
  return object ? objc::class_of(object) : nullptr;
}

// Properties that the shim's classes synthesise.
OBJC_API objc::Object* objc_getProperty(objc::Object* self, objc::Selector, std::ptrdiff_t offset,
                                        bool) {
  return objc_retainAutorelease(place(self, offset));
}

OBJC_API void objc_setProperty_nonatomic(objc::Object* self, objc::Selector, objc::Object* value,
                                         std::ptrdiff_t offset) {
  objc_storeStrong(&place(self, offset), value);
}

// Only immutable values are copied here; a copy of those is the same object.
OBJC_API void objc_setProperty_nonatomic_copy(objc::Object* self, objc::Selector,
                                              objc::Object* value, std::ptrdiff_t offset) {
  objc_storeStrong(&place(self, offset), value);
}
