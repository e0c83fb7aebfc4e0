// The part of Foundation that the Metal backend and the Metal shim use.
#include <cstdlib>

#include "collections.h"

namespace {

// Whether every sequence of bytes is complete and begins as UTF-8 has to.
bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || i + length > text.size()) {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

}  // namespace

@interface NSString () {
  std::string _text;
}
@end

@implementation NSString

+ (instancetype)stringWithCString:(const char*)characters encoding:(NSStringEncoding)encoding {
  NSString* string = [[self alloc] init];
  string->_text = characters;
  return encoding == NSUTF8StringEncoding && is_utf8(string->_text) ? string : nil;
}

- (const char*)UTF8String {
  return _text.c_str();
}

- (BOOL)isEqual:(id)object {
  return [object isKindOfClass:[NSString class]] &&
         std::string(self.UTF8String) == static_cast<NSString*>(object).UTF8String;
}

- (NSString*)description {
  return self;
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

@end

// String literals, which clang lays out itself.
@interface NSConstantString : NSString
@end

@implementation NSConstantString

- (const char*)UTF8String {
  struct Literal {
    void* isa;
    int flags;
    const char* characters;
    long length;
  };
  return reinterpret_cast<const Literal*>((__bridge const void*)self)->characters;
}

@end

__asm__(
    ".globl __CFConstantStringClassReference\n"
    ".set __CFConstantStringClassReference, \"OBJC_CLASS_$_NSConstantString\"\n");

@interface NSArray () {
 @public
  std::vector<id> _objects;
}
@end

@implementation NSArray

- (NSUInteger)count {
  return _objects.size();
}

- (id)objectAtIndex:(NSUInteger)index {
  return _objects.at(index);
}

@end

@interface NSDictionary () {
 @public
  std::vector<std::pair<NSString*, id>> _items;
}
@end

@interface NSEnumerator () {
 @public
  NSDictionary* _dictionary;
  std::size_t _next;
}
@end

@implementation NSEnumerator

- (id)nextObject {
  return _next < _dictionary->_items.size() ? _dictionary->_items[_next++].first : nil;
}

@end

@implementation NSDictionary

- (NSUInteger)count {
  return _items.size();
}

- (NSEnumerator*)keyEnumerator {
  NSEnumerator* enumerator = [[NSEnumerator alloc] init];
  enumerator->_dictionary = self;
  return enumerator;
}

- (id)objectForKey:(id)key {
  for (const auto& [name, value] : _items) {
    if ([name isEqual:key]) {
      return value;
    }
  }
  return nil;
}

@end

@interface NSError () {
 @public
  NSInteger _code;
  std::string _text;
}
@end

@implementation NSError

- (NSInteger)code {
  return _code;
}

- (NSString*)localizedDescription {
  return shim::make_string(_text);
}

@end

namespace shim {

NSString* make_string(const std::string& text) {
  return [NSString stringWithCString:text.c_str() encoding:NSUTF8StringEncoding];
}

NSArray* make_array(std::vector<id> objects) {
  NSArray* array = [[NSArray alloc] init];
  array->_objects = std::move(objects);
  return array;
}

NSDictionary* make_dictionary(std::vector<std::pair<NSString*, id>> items) {
  NSDictionary* dictionary = [[NSDictionary alloc] init];
  dictionary->_items = std::move(items);
  return dictionary;
}

NSError* make_error(NSInteger code, const std::string& text) {
  NSError* error = [[NSError alloc] init];
  error->_code = code;
  error->_text = text;
  return error;
}

}  // namespace shim

@implementation NSURL

+ (NSURL*)fileURLWithPath:(NSString*)path {
  return [[NSURL alloc] init];
}

@end

@implementation NSProcessInfo

+ (NSProcessInfo*)processInfo {
  return [[NSProcessInfo alloc] init];
}

- (NSString*)operatingSystemVersionString {
  return @"Version 15.0 (shim)";
}

- (NSProcessInfoThermalState)thermalState {
  const char* state = std::getenv("ASSAY_SHIM_THERMAL_STATE");
  return static_cast<NSProcessInfoThermalState>(state ? std::atoi(state) : 0);
}

- (BOOL)isLowPowerModeEnabled {
  return std::getenv("ASSAY_SHIM_LOW_POWER") != nullptr;
}

@end
