// What the host and the kernels share.
#ifndef ShaderTypes_h
#define ShaderTypes_h

#ifdef __METAL_VERSION__
#define NS_ENUM(_type, _name) enum _name : _type _name; enum _name : _type
typedef metal::int32_t EnumBackingType;
#else
#import <Foundation/Foundation.h>
typedef NSInteger EnumBackingType;
#endif

#include <simd/simd.h>

typedef NS_ENUM(EnumBackingType, BufferIndex){
    BufferIndexParticles = 0,
    BufferIndexFrame = 1,
    BufferIndexResult = BufferIndexFrame + 1,
};

typedef struct {
  matrix_float4x4 view;
  matrix_float3x3 rotation;
  vector_float3 gravity;
  float step;
  vector_uint2 size;
  uint32_t count;
} Frame;

struct Particle {
  packed_float3 position;
  float mass;
  packed_float3 velocity;
  packed_half4 colour;
  packed_uchar4 flags;
};

#endif
