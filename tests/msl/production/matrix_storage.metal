// Tiles kept in wide vectors, multiplied and copied through functions below the standard library.
#include <metal_stdlib>

struct _simdgroup_event_t;
thread _simdgroup_event_t *__metal_simdgroup_async_copy_2d(
    ulong, ulong, threadgroup void *, ulong, ulong, ulong2, const device void *, ulong, ulong, ulong2,
    long2, int) __asm("air.simdgroup_async_copy_2d.p3i8.p1i8");
void __metal_wait_simdgroup_events(int, thread _simdgroup_event_t **)
    __asm("air.wait_simdgroup_events");

#pragma METAL internals : enable
namespace metal {
struct tile_event {
  METAL_FUNC tile_event() thread {}
  template <typename T>
  METAL_FUNC void copy(threadgroup T *to, ushort to_row, ushort2 to_size, const device T *from,
                       uint from_row, ushort2 from_size) thread {
    event = __metal_simdgroup_async_copy_2d(
        sizeof(T), alignof(T), reinterpret_cast<threadgroup void *>(to), ulong(to_row), 1,
        ulong2(to_size), reinterpret_cast<const device void *>(from), ulong(from_row), 1,
        ulong2(from_size), long2(0), 0);
  }
  METAL_FUNC static void wait(int count, thread tile_event *events) {
    __metal_wait_simdgroup_events(count, reinterpret_cast<thread _simdgroup_event_t **>(events));
  }

 private:
  thread _simdgroup_event_t *event;
};

template <typename T>
struct tile_storage {
  typedef vec<T, 64> storage_type;
  storage_type t;
  METAL_FUNC thread vec<T, 2> *elements() thread { return reinterpret_cast<thread vec<T, 2> *>(&t); }
  METAL_FUNC tile_storage() thread = default;
  METAL_FUNC tile_storage(vec<T, 2> both) thread { *(elements()) = both; }
  METAL_FUNC static device T *at(device T *from, uint row, uint2 origin) {
    return from + ulong(origin.y * row) + origin.x;
  }
  METAL_FUNC static threadgroup T *at(threadgroup T *from, ushort row, ushort2 origin) {
    return from + origin.y * row + origin.x;
  }
  template <typename U>
  METAL_FUNC void load(const threadgroup U *from, ushort row, ushort2 origin, bool transposed = false) {
    const ushort step = transposed ? row : ushort(1);
    const ushort first = transposed ? origin.x * row + origin.y : origin.y * row + origin.x;
    *(elements()) = vec<T, 2>(T(from[first]), T(from[first + step]));
  }
  template <typename U>
  METAL_FUNC void store(device U *to, uint row, ushort2 origin) {
    *(device vec<U, 2> *)(to + uint(origin.y) * row + origin.x) = vec<U, 2>(*(elements()));
  }
  template <typename U, typename V>
  METAL_FUNC void multiply(tile_storage<U> a, tile_storage<V> b, bool accumulate = true) {
    if (!accumulate) *(elements()) = vec<T, 2>(0);
    t = __metal_simdgroup_matrix_8x8_multiply_accumulate(
        a.t, b.t, t, typename tile_storage<T>::storage_type());
  }
};
}  // namespace metal
#pragma METAL internals : disable
using namespace metal;

constant uint K [[function_constant(2)]];
constant bool twice_defined = is_function_constant_defined(K);

METAL_FUNC ushort2 lane_origin(ushort lane) {
  const ushort quad = lane / 4;
  return ushort2((quad & 2) * 2 + (lane % 2) * 2, (quad & 4) + (lane / 2) % 4);
}

template <typename T>
METAL_FUNC void product(device T *a, device T *b, device T *c, uint k, threadgroup T *block,
                        ushort lane) {
  tile_storage<T> left, right, sum = tile_storage<T>(vec<T, 2>(0));
  const ushort2 origin = lane_origin(lane);
  for (uint start = 0; start < k; start += 8) {
    const ushort rest = min(uint(8), k - start);
    tile_event events[2];
    events[0].copy(block, 8, ushort2(8, 8), tile_storage<T>::at(a, k, uint2(start, 0)), k,
                   ushort2(rest, 8));
    events[1].copy(block + 64, 8, ushort2(8, 8), tile_storage<T>::at(b, 8, uint2(0, start)), 8,
                   ushort2(8, rest));
    tile_event::wait(2, events);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    left.load(block, 8, origin);
    right.load(tile_storage<T>::at(block, ushort(8), ushort2(0, 8)), 8, origin);
    sum.multiply(left, right, start > 0);
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
  sum.store(c, 8, origin);
}
kernel void product_f32(device float *a [[buffer(0)]], device float *b [[buffer(1)]],
                        device float *c [[buffer(2)]], constant uint &k [[buffer(3)]],
                        threadgroup float *block [[threadgroup(0)]],
                        ushort lane [[thread_index_in_simdgroup]]) {
  product<float>(a, b, c, twice_defined ? K : k, block, lane);
}
