// As a cross compiler from a binary shader language writes it.
#pragma clang diagnostic ignored "-Wmissing-prototypes"
#pragma clang diagnostic ignored "-Wmissing-braces"

#include <metal_stdlib>
#include <simd/simd.h>

using namespace metal;

template<typename T, size_t Num>
struct ValueArray
{
    T elements[Num ? Num : 1];

    thread T& operator [] (size_t pos) thread
    {
        return elements[pos];
    }
    constexpr const thread T& operator [] (size_t pos) const thread
    {
        return elements[pos];
    }
    device T& operator [] (size_t pos) device
    {
        return elements[pos];
    }
    constexpr const device T& operator [] (size_t pos) const device
    {
        return elements[pos];
    }
    constexpr const constant T& operator [] (size_t pos) const constant
    {
        return elements[pos];
    }
    threadgroup T& operator [] (size_t pos) threadgroup
    {
        return elements[pos];
    }
    constexpr const threadgroup T& operator [] (size_t pos) const threadgroup
    {
        return elements[pos];
    }
};

template<typename T>
[[clang::optnone]] T exactMul(T l, T r)
{
    return fma(l, r, T(0));
}

struct _23
{
    uint count;
    char _m1_pad[12];
    float4x4 transform;
    packed_float3 tint;
    float gain;
};

struct type_StorageBuffer
{
    float4 data[1];
};

constant uint steps_tmp [[function_constant(3)]];
constant uint steps = is_function_constant_defined(steps_tmp) ? steps_tmp : 4u;
constant uint3 gl_WorkGroupSize [[maybe_unused]] = uint3(32u, 1u, 1u);
constant ValueArray<float, 4> _55 = ValueArray<float, 4>({ 0.5, 1.0, 2.0, 4.0 });

static inline __attribute__((always_inline))
float4 blend(thread const float4& v, device type_StorageBuffer& ssbo, threadgroup ValueArray<float4, 32>& tile, thread uint& gl_LocalInvocationIndex)
{
    ValueArray<float, 4> weights = _55;
    weights[3] = 8.0;
    float4 acc = float4(0.0);
    for (uint i = 0u; i < steps; i++)
    {
        acc += exactMul(tile[(gl_LocalInvocationIndex + i) % gl_WorkGroupSize.x], float4(weights[i & 3u]));
    }
    ssbo.data[0].w = _55[3];
    return acc + v;
}

kernel void main0(device type_StorageBuffer& ssbo [[buffer(0)]], constant _23& params [[buffer(1)]], uint3 gl_GlobalInvocationID [[thread_position_in_grid]], uint gl_LocalInvocationIndex [[thread_index_in_threadgroup]])
{
    threadgroup ValueArray<float4, 32> tile;
    do
    {
        tile[gl_LocalInvocationIndex] = ssbo.data[gl_GlobalInvocationID.x + 1u];
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (gl_GlobalInvocationID.x >= params.count)
        {
            break;
        }
        float4 param = float4(float3(params.tint) * params.gain, 1.0);
        ssbo.data[gl_GlobalInvocationID.x + 1u] = params.transform * blend(param, ssbo, tile, gl_LocalInvocationIndex);
        break;
    } while(false);
}
