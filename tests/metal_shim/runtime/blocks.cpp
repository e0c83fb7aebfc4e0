// Blocks: those on the stack move to the heap when they are copied.
#include <cstdlib>
#include <cstring>

#include "runtime.h"

OBJC_API void* _NSConcreteStackBlock[32];
OBJC_API void* _NSConcreteGlobalBlock[32];
OBJC_API void* _NSConcreteMallocBlock[32];
void* _NSConcreteStackBlock[32];
void* _NSConcreteGlobalBlock[32];
void* _NSConcreteMallocBlock[32];

OBJC_API objc::Object* objc_retain(objc::Object* object);
OBJC_API void objc_release(objc::Object* object);

namespace {

constexpr std::int32_t kReference = 2;  // added to the flags per reference
constexpr std::int32_t kReferences = 0xfffe;
constexpr std::int32_t kOnHeap = 1 << 24;
constexpr std::int32_t kHasHelpers = 1 << 25;
constexpr std::int32_t kGlobal = 1 << 28;

// Kinds of captured variables.
constexpr int kObject = 3;
constexpr int kBlock = 7;

}  // namespace

namespace objc {

bool is_block(const void* object) {
  if (!object) {
    return false;
  }
  const void* isa = *static_cast<void* const*>(object);
  return isa == _NSConcreteStackBlock || isa == _NSConcreteGlobalBlock ||
         isa == _NSConcreteMallocBlock;
}

}  // namespace objc

OBJC_API void* _Block_copy(const void* source) {
  auto* block = static_cast<objc::Block*>(const_cast<void*>(source));
  if (!block || (block->flags & kGlobal)) {
    return block;
  }
  if (block->flags & kOnHeap) {
    __atomic_fetch_add(&block->flags, kReference, __ATOMIC_RELAXED);
    return block;
  }
  auto* copy = static_cast<objc::Block*>(std::malloc(block->descriptor->size));
  std::memcpy(static_cast<void*>(copy), block, block->descriptor->size);
  copy->flags = (block->flags & ~kReferences) | kOnHeap | kReference;
  copy->isa = _NSConcreteMallocBlock;
  if (copy->flags & kHasHelpers) {
    copy->descriptor->copy(copy, block);
  }
  return copy;
}

OBJC_API void _Block_release(const void* source) {
  auto* block = static_cast<objc::Block*>(const_cast<void*>(source));
  if (!block || !(block->flags & kOnHeap)) {
    return;
  }
  const auto before = __atomic_fetch_sub(&block->flags, kReference, __ATOMIC_ACQ_REL);
  if ((before & kReferences) == kReference) {
    if (before & kHasHelpers) {
      block->descriptor->dispose(block);
    }
    std::free(block);
  }
}

OBJC_API void _Block_object_assign(void* target, const void* value, int kind) {
  if (kind != kObject && kind != kBlock) {
    objc::fail("a block captures a variable of an unknown kind");
  }
  *static_cast<objc::Object**>(target) =
      objc_retain(static_cast<objc::Object*>(const_cast<void*>(value)));
}

OBJC_API void _Block_object_dispose(const void* value, int) {
  objc_release(static_cast<objc::Object*>(const_cast<void*>(value)));
}
