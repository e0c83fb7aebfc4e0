// Declarations of the part of Apple's Foundation that Assay uses, written by hand so that the Metal
// backend can be compiled without Apple's SDK. test_metal_facts.py compares them with Apple's.
#pragma once

#include <objc/NSObject.h>

#define NS_ENUM(type, name) \
  enum name : type name;    \
  enum name : type
#define NS_OPTIONS(type, name) NS_ENUM(type, name)
// The first macOS that has the declaration, from Apple's documentation.
#define MACOS(version) __attribute__((availability(macos, introduced = version)))
#define MACOS_UNTIL(version, last) \
  __attribute__((availability(macos, introduced = version, deprecated = last)))

#pragma clang assume_nonnull begin

typedef NS_ENUM(NSUInteger, NSStringEncoding) {
  NSUTF8StringEncoding = 4,
};

struct _NSZone;
typedef struct _NSZone NSZone;

@protocol NSCopying
- (id)copyWithZone:(nullable NSZone*)zone;
@end

@interface NSString : NSObject <NSCopying>
@property(nullable, readonly) const char* UTF8String;
+ (nullable instancetype)stringWithCString:(const char*)characters
                                  encoding:(NSStringEncoding)encoding;
@end

@interface NSArray<ObjectType> : NSObject
@property(readonly) NSUInteger count;
- (ObjectType)objectAtIndex:(NSUInteger)index;
@end

@interface NSEnumerator<ObjectType> : NSObject
- (nullable ObjectType)nextObject;
@end

@interface NSDictionary<KeyType, ObjectType> : NSObject
@property(readonly) NSUInteger count;
- (NSEnumerator<KeyType>*)keyEnumerator;
- (nullable ObjectType)objectForKey:(KeyType)key;
@end


@interface NSError : NSObject
@property(readonly) NSInteger code;
@property(readonly, copy) NSString* localizedDescription;
@end

@interface NSURL : NSObject
+ (NSURL*)fileURLWithPath:(NSString*)path;
@end

typedef NS_ENUM(NSInteger, NSProcessInfoThermalState) {
  NSProcessInfoThermalStateNominal = 0,
  NSProcessInfoThermalStateFair = 1,
  NSProcessInfoThermalStateSerious = 2,
  NSProcessInfoThermalStateCritical = 3,
};

@interface NSProcessInfo : NSObject
@property(class, readonly, strong) NSProcessInfo* processInfo;
@property(readonly, copy) NSString* operatingSystemVersionString;
@property(readonly) NSProcessInfoThermalState thermalState MACOS(10.10.3);
@property(readonly, getter=isLowPowerModeEnabled) BOOL lowPowerModeEnabled MACOS(12.0);
@end

#pragma clang assume_nonnull end
