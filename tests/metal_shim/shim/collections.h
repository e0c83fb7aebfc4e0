// How the shim makes the objects that it returns.
#pragma once

#import <Foundation/Foundation.h>

#include <string>
#include <utility>
#include <vector>

namespace shim {

NSString* make_string(const std::string& text);
NSArray* make_array(std::vector<id> objects);
// Of pairs of key and value.
NSDictionary* make_dictionary(std::vector<std::pair<NSString*, id>> items);
NSError* make_error(NSInteger code, const std::string& text);

}  // namespace shim
