// Autorelease pools. Pools that an exception left behind stay open and keep their objects.
#include <vector>

#include "runtime.h"

OBJC_API void objc_release(objc::Object* object);

namespace {

struct Pools {
  std::vector<objc::Object*> objects;
  std::size_t open = 0;
};

// Never destroyed: what is left in a pool counts as alive.
Pools& pools() {
  static thread_local Pools* const instance = new Pools;
  return *instance;
}

}  // namespace

OBJC_API void* objc_autoreleasePoolPush() {
  ++pools().open;
  return reinterpret_cast<void*>(pools().objects.size() + 1);
}

OBJC_API void objc_autoreleasePoolPop(void* token) {
  const std::size_t kept = reinterpret_cast<std::size_t>(token) - 1;
  --pools().open;
  while (pools().objects.size() > kept) {
    objc::Object* const last = pools().objects.back();
    pools().objects.pop_back();
    objc_release(last);
  }
}

OBJC_API objc::Object* objc_autorelease(objc::Object* object) {
  if (object) {
    if (pools().open == 0) {
      objc::fail("autoreleased without a pool:",
                 objc::is_block(object) ? "a block" : object->isa->data->name);
    }
    pools().objects.push_back(object);
  }
  return object;
}

// Pools of this thread that are open now.
OBJC_API long objc_open_pools() { return static_cast<long>(pools().open); }
