// The root class, as far as it is used here.
#pragma once

#include <objc/objc.h>

typedef long NSInteger;
typedef unsigned long NSUInteger;

#if __has_feature(objc_arc)
#define NOT_UNDER_ARC __attribute__((unavailable("not under ARC")))
#else
#define NOT_UNDER_ARC
#endif

@class NSString;

@protocol NSObject
- (BOOL)isEqual:(id)object;
- (BOOL)isKindOfClass:(Class)aClass;
- (BOOL)respondsToSelector:(SEL)aSelector;
- (Class)class;
- (instancetype)retain NOT_UNDER_ARC;
- (oneway void)release NOT_UNDER_ARC;
- (instancetype)autorelease NOT_UNDER_ARC;
@property(readonly) NSUInteger hash;
@property(readonly, copy) NSString* description;
@end

__attribute__((objc_root_class))
@interface NSObject <NSObject> {
  Class isa;
}
+ (instancetype)alloc;
+ (instancetype)new;
+ (Class)class;
- (instancetype)init;
- (void)dealloc;
@end
