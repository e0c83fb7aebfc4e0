// The root class, with reference counts by hand.
#import <Foundation/Foundation.h>

#include "../runtime/runtime.h"

extern "C" id objc_autorelease(id object);

namespace {

objc::Object* to_runtime(id object) { return reinterpret_cast<objc::Object*>(object); }
objc::Class* to_runtime(Class cls) { return reinterpret_cast<objc::Class*>(cls); }

}  // namespace

@implementation NSObject

+ (instancetype)alloc {
  return reinterpret_cast<id>(objc::allocate(to_runtime(self)));
}

+ (instancetype)new {
  return [[self alloc] init];
}

+ (Class)class {
  return self;
}

- (instancetype)init {
  return self;
}

- (void)dealloc {
  objc::destroy(to_runtime(self));
}

- (Class)class {
  return reinterpret_cast<Class>(objc::class_of(to_runtime(self)));
}

- (instancetype)retain {
  objc::retain(to_runtime(self));
  return self;
}

- (oneway void)release {
  objc::release(to_runtime(self));
}

- (instancetype)autorelease {
  return objc_autorelease(self);
}

- (BOOL)isEqual:(id)object {
  return self == object;
}

- (NSUInteger)hash {
  return reinterpret_cast<NSUInteger>(self) >> 4;
}

- (BOOL)isKindOfClass:(Class)aClass {
  for (const objc::Class* cls = to_runtime([self class]); cls; cls = cls->super) {
    if (cls == to_runtime(aClass)) {
      return YES;
    }
  }
  return NO;
}

- (BOOL)respondsToSelector:(SEL)selector {
  const char* name = reinterpret_cast<objc::Selector>(selector);
  return objc::find_method(to_runtime([self class]), name) != nullptr;
}

- (NSString*)description {
  return [NSString stringWithCString:objc::class_of(to_runtime(self))->data->name
                            encoding:NSUTF8StringEncoding];
}

@end
