// A matrix product in blocks: loader and multiplier are class templates with static constants.
#include <metal_stdlib>
using namespace metal;

#define CONST static constant constexpr const
#define UNROLL _Pragma("clang loop unroll(full)")

namespace blocks {
namespace detail {
template <typename T, T V>
struct integral {
  static constexpr constant T value = V;
  METAL_FUNC constexpr operator T() const noexcept { return value; }
};
template <int V>
using Int = integral<int, V>;
template <typename T, T A, typename U, U B>
METAL_FUNC constexpr auto operator*(integral<T, A>, integral<U, B>) {
  constexpr auto product = A * B;
  return integral<remove_const_t<decltype(product)>, product>{};
}
}  // namespace detail

template <typename T, short Rows, short Columns, short Threads, short Pitch = Columns>
struct Loader {
  CONST short per_thread = Rows * Columns / Threads;
  CONST short per_row = Columns / per_thread;
  struct alignas(sizeof(T)) Chunk { uchar bytes[sizeof(T) * per_thread]; };

  const int ld;
  const short row, column;
  const device T *from;
  threadgroup T *to;

  METAL_FUNC Loader(const device T *from_, int ld_, threadgroup T *to_, ushort index)
      : ld(ld_), row(index / per_row), column(per_thread * (index % per_row)),
        from(from_ + row * ld + column), to(to_ + row * Pitch + column) {}
  METAL_FUNC void load() const {
    *((threadgroup Chunk *)to) = *((const device Chunk *)from);
  }
  METAL_FUNC void load(short2 left) const {
    left -= short2(column, row);
    UNROLL
    for (short j = 0; j < per_thread; ++j) to[j] = (left.y > 0 && j < left.x) ? from[j] : T(0);
  }
  METAL_FUNC void next(int step) { from += step; }
};

template <typename T, typename Acc>
struct Keep {
  static METAL_FUNC T apply(Acc x) { return static_cast<T>(x); }
};
template <typename T, typename Acc>
struct Twice {
  static METAL_FUNC T apply(Acc x) { return static_cast<T>(2 * x); }
};

template <typename T, typename Acc, short BK, class Epilogue>
struct Multiplier {
  typedef simdgroup_matrix<T, 8, 8> tile_t;
  simdgroup_matrix<Acc, 8, 8> sum = make_filled_simdgroup_matrix<Acc, 8, 8>(Acc(0));
  METAL_FUNC Multiplier() thread {}
  METAL_FUNC void step(const threadgroup T *a, const threadgroup T *b) {
    UNROLL
    for (short k = 0; k < BK; k += 8) {
      tile_t left, right;
      simdgroup_load(left, a + k, BK);
      simdgroup_load(right, b + k * 8, 8);
      simdgroup_multiply_accumulate(sum, left, right, sum);
    }
  }
  METAL_FUNC void store(device T *out, int ld, ushort lane) thread {
    thread auto &elements = sum.thread_elements();
    const short quad = lane / 4;
    const short2 at((quad & 2) * 2 + (lane % 2) * 2, (quad & 4) + (lane / 2) % 4);
    for (short i = 0; i < 2; ++i) out[at.y * ld + at.x + i] = Epilogue::apply(elements[i]);
  }
};
}  // namespace blocks

template <short N>
constexpr int detail_size() { return blocks::detail::Int<N / 2>{} * blocks::detail::Int<2>{}; }

struct Shape { const int m, n, k; };

template <typename T, short BK, template <typename, typename> class Epilogue, typename Acc = float>
[[kernel, max_total_threads_per_threadgroup(BK * 2)]] void gemm(
    const device T *a [[buffer(0)]], const device T *b [[buffer(1)]], device T *c [[buffer(2)]],
    const constant Shape *shape [[buffer(3)]], uint2 group [[threadgroup_position_in_grid]],
    ushort lane [[thread_index_in_simdgroup]]) {
  using LoaderA = blocks::Loader<T, 8, BK, 32>;
  using LoaderB = blocks::Loader<T, BK, 8, 32>;
  constexpr int bk = detail_size<BK>();
  threadgroup T left[8 * bk], right[bk * 8];
  thread LoaderA from_a(a + group.y * 8 * shape->k, shape->k, left, lane);
  thread LoaderB from_b(b + group.x * 8, shape->n, right, lane);
  blocks::Multiplier<T, Acc, BK, Epilogue<T, Acc>> product;
  const int whole = shape->k / bk;
  for (int step = 0; step < whole; ++step) {
    threadgroup_barrier(mem_flags::mem_threadgroup);
    from_a.load();
    from_b.load();
    threadgroup_barrier(mem_flags::mem_threadgroup);
    product.step(left, right);
    from_a.next(bk);
    from_b.next(bk * shape->n);
  }
  if (short rest = shape->k - whole * bk) {
    threadgroup_barrier(mem_flags::mem_threadgroup);
    from_a.load(short2(rest, 8));
    from_b.load(short2(8, rest));
    threadgroup_barrier(mem_flags::mem_threadgroup);
    product.step(left, right);
  }
  product.store(c + group.y * 8 * shape->n + group.x * 8, shape->n, lane);
}

// clang-format off
#define instantiate(name, ...) \
  template [[host_name(name)]] [[kernel]] decltype(gemm<__VA_ARGS__>) gemm<__VA_ARGS__>;
instantiate("gemm_" "float32", float, 16, blocks::Keep)
instantiate("gemm_" "float16" "_twice", half, 16, blocks::Twice)
