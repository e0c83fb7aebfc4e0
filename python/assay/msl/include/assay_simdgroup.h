// Barriers, simdgroup and quadgroup functions (specification, sections 6.9.1 and 6.9.2).
//
// A thread publishes its value and waits for the lanes that reach the same call. The call is told
// apart by its position in the source: a return address would not do, because the optimiser
// duplicates calls.
#pragma once

static const assay_runtime *assay_runtime_table;

struct assay_site {
  uint number;
  constexpr operator ulong() const { return number; }
};
#define ASSAY_SITE assay_site site = assay_site{__builtin_LINE() * 4096u + __builtin_COLUMN()}

namespace assay {

// A step on a thread's way to a simdgroup function, while the object lives. The translator puts them
// around what threads may do at different times: loops, and calls of functions that are called from
// several places.
class step {
 public:
  ASSAY_METHOD explicit step(uint site)
      : path_(assay_runtime_table->path()), place_(path_->depth++) {
    if (place_ < ASSAY_MAX_PATH) path_->steps[place_] = (ulong)site << 32;
  }
  step(const step &) = delete;
  ASSAY_METHOD ~step() { path_->depth = place_; }
  ASSAY_METHOD void next() {
    if (place_ < ASSAY_MAX_PATH) ++path_->steps[place_];
  }

 private:
  assay_path *path_;
  uint place_;
};

struct called : step {
  ASSAY_METHOD explicit called(ASSAY_SITE) : step(site) {}
};

// Stands in a `for` of one round around the loop.
struct looping : step {
  ASSAY_METHOD explicit looping(ASSAY_SITE) : step(site) {}
  ASSAY_METHOD bool once() { return !started++; }
  int started = 0;
};

// What simdgroup functions take: scalars of at most 32 bits and vectors of them.
template <class T>
constexpr bool is_exchanged = (is_vector<unpacked_t<T>> || __is_arithmetic(T) || __is_enum(T)) &&
                              sizeof(typename shape<unpacked_t<T>>::element) <= 4;
#define ASSAY_EXCHANGED template <class T, class = enable_if_t<assay::is_exchanged<T>>>

template <class T>
ASSAY_INLINE assay_exchange publish(T value, ulong site) {
  static_assert(sizeof(T) <= ASSAY_MAX_EXCHANGE_BYTES, "the type is too large for a simdgroup function");
  return assay_runtime_table->simd_exchange(&value, sizeof(T), site);
}

template <class T>
ASSAY_INLINE T value_of(const assay_exchange &e, uint lane) {
  T value;
  __builtin_memcpy(&value, e.values[lane & 31u], sizeof(T));
  return value;
}

// A lane that did not take part has no defined value; the caller's own stands in for it.
template <class T>
ASSAY_INLINE T value_or(const assay_exchange &e, uint lane, T own) {
  return lane < 32u && (e.active >> lane & 1u) ? value_of<T>(e, lane) : own;
}

// Combines the values of the lanes in `mask`, lowest lane first.
template <class T, class F>
ASSAY_INLINE T reduce(const assay_exchange &e, uint mask, F combine) {
  T total = value_of<T>(e, __builtin_ctz(mask));
  for (mask &= mask - 1u; mask; mask &= mask - 1u)
    total = combine(total, value_of<T>(e, __builtin_ctz(mask)));
  return total;
}

template <class T, class F>
ASSAY_INLINE T prefix(const assay_exchange &e, uint lanes, bool inclusive, T identity, F combine) {
  const uint below = lanes & ((1u << e.lane) - 1u);
  const uint mask = inclusive ? below | (1u << e.lane) : below;
  return mask ? reduce<T>(e, mask, combine) : identity;
}

ASSAY_INLINE uint quad_mask(const assay_exchange &e) { return e.active & (15u << (e.lane & 28u)); }

}  // namespace assay

namespace metal {
__attribute__((convergent)) ASSAY_INLINE void threadgroup_barrier(mem_flags,
                                                                 thread_scope = thread_scope_threadgroup) {
  assay_runtime_table->threadgroup_barrier();
}
__attribute__((convergent)) ASSAY_INLINE void simdgroup_barrier(mem_flags, ASSAY_SITE) {
  assay_runtime_table->simd_exchange(nullptr, 0, site);
}
__attribute__((convergent)) ASSAY_INLINE void simdgroup_barrier(mem_flags, thread_scope, ASSAY_SITE) {
  assay_runtime_table->simd_exchange(nullptr, 0, site);
}

struct simd_vote {
  typedef ulong vote_t;
  vote_t mask = 0;
  simd_vote() = default;
  explicit constexpr simd_vote(vote_t m) : mask(m) {}
  explicit constexpr operator vote_t() const { return mask; }
  constexpr bool all() const { return (uint)mask == 0xffffffffu; }
  constexpr bool any() const { return mask != 0; }
};

struct quad_vote {
  typedef ushort vote_t;
  vote_t mask = 0;
  quad_vote() = default;
  explicit constexpr quad_vote(vote_t m) : mask(m) {}
  explicit constexpr operator vote_t() const { return mask; }
  constexpr bool all() const { return mask == 15u; }
  constexpr bool any() const { return mask != 0; }
};

#define ASSAY_SHUFFLE(name, LANE)                                           \
  ASSAY_EXCHANGED                                                           \
  ASSAY_CALL T name(T value, ushort n, ASSAY_SITE) {                        \
    const assay_exchange e = assay::publish(value, site);                   \
    return assay::value_or(e, LANE, value);                                 \
  }
ASSAY_SHUFFLE(simd_shuffle, (uint)n)
ASSAY_SHUFFLE(simd_shuffle_xor, e.lane ^ n)
ASSAY_SHUFFLE(simd_shuffle_up, e.lane - n)
ASSAY_SHUFFLE(simd_shuffle_down, e.lane + n)
ASSAY_SHUFFLE(simd_shuffle_rotate_up, (e.lane - n) & 31u)
ASSAY_SHUFFLE(simd_shuffle_rotate_down, (e.lane + n) & 31u)
ASSAY_SHUFFLE(simd_broadcast, (uint)n)
ASSAY_SHUFFLE(quad_shuffle, (e.lane & 28u) + (n & 3u))
ASSAY_SHUFFLE(quad_shuffle_xor, (e.lane & 28u) + ((e.lane ^ n) & 3u))
ASSAY_SHUFFLE(quad_shuffle_up, (e.lane & 3u) >= n ? e.lane - n : e.lane)
ASSAY_SHUFFLE(quad_shuffle_down, (e.lane & 3u) + n < 4u ? e.lane + n : e.lane)
ASSAY_SHUFFLE(quad_shuffle_rotate_up, (e.lane & 28u) + ((e.lane - n) & 3u))
ASSAY_SHUFFLE(quad_shuffle_rotate_down, (e.lane & 28u) + ((e.lane + n) & 3u))
ASSAY_SHUFFLE(quad_broadcast, (e.lane & 28u) + (n & 3u))

// Lanes are cut into vectors of `modulo` lanes. What a shift moves in from outside of the vector is
// the filling value of the lane that it would come from if the shift were a rotation.
#define ASSAY_FILL(name, WIDTH, OPERATOR)                                             \
  ASSAY_EXCHANGED                                                                     \
  ASSAY_CALL T name(T value, T filling, ushort delta, ushort modulo = WIDTH, ASSAY_SITE) { \
    struct both {                                                                     \
      T value, filling;                                                               \
    };                                                                                \
    const both own = {value, filling};                                                \
    const assay_exchange e = assay::publish(own, site);                               \
    const uint last = modulo - 1u, place = (e.lane & last) OPERATOR delta;            \
    const both other = assay::value_or(e, (e.lane & ~last) + (place & last), own);    \
    return place <= last ? other.value : other.filling;                               \
  }
ASSAY_FILL(simd_shuffle_and_fill_up, 32, -)
ASSAY_FILL(simd_shuffle_and_fill_down, 32, +)
ASSAY_FILL(quad_shuffle_and_fill_up, 4, -)
ASSAY_FILL(quad_shuffle_and_fill_down, 4, +)

ASSAY_EXCHANGED
ASSAY_CALL T simd_broadcast_first(T value, ASSAY_SITE) {
  const assay_exchange e = assay::publish(value, site);
  return assay::value_of<T>(e, __builtin_ctz(e.active));
}
ASSAY_EXCHANGED
ASSAY_CALL T quad_broadcast_first(T value, ASSAY_SITE) {
  const assay_exchange e = assay::publish(value, site);
  return assay::value_of<T>(e, __builtin_ctz(assay::quad_mask(e)));
}

#define ASSAY_REDUCTION(operation, ...)                                                     \
  ASSAY_EXCHANGED                                                                           \
  ASSAY_CALL T simd_##operation(T value, ASSAY_SITE) {                                      \
    const assay_exchange e = assay::publish(value, site);                                   \
    return assay::reduce<T>(e, e.active, [](T a, T b) { return T(__VA_ARGS__); });          \
  }                                                                                         \
  ASSAY_EXCHANGED                                                                           \
  ASSAY_CALL T quad_##operation(T value, ASSAY_SITE) {                                      \
    const assay_exchange e = assay::publish(value, site);                                   \
    return assay::reduce<T>(e, assay::quad_mask(e), [](T a, T b) { return T(__VA_ARGS__); }); \
  }
ASSAY_REDUCTION(sum, a + b)
ASSAY_REDUCTION(product, a * b)
ASSAY_REDUCTION(min, min(a, b))
ASSAY_REDUCTION(max, max(a, b))
ASSAY_REDUCTION(and, a & b)
ASSAY_REDUCTION(or, a | b)
ASSAY_REDUCTION(xor, a ^ b)

#define ASSAY_PREFIX(name, INCLUSIVE, IDENTITY, ...)                                        \
  ASSAY_EXCHANGED                                                                           \
  ASSAY_CALL T simd_##name(T value, ASSAY_SITE) {                                           \
    const assay_exchange e = assay::publish(value, site);                                   \
    return assay::prefix<T>(e, e.active, INCLUSIVE, T(IDENTITY),                            \
                            [](T a, T b) { return T(__VA_ARGS__); });                       \
  }                                                                                         \
  ASSAY_EXCHANGED                                                                           \
  ASSAY_CALL T quad_##name(T value, ASSAY_SITE) {                                           \
    const assay_exchange e = assay::publish(value, site);                                   \
    return assay::prefix<T>(e, assay::quad_mask(e), INCLUSIVE, T(IDENTITY),                 \
                            [](T a, T b) { return T(__VA_ARGS__); });                       \
  }
ASSAY_PREFIX(prefix_exclusive_sum, false, 0, a + b)
ASSAY_PREFIX(prefix_inclusive_sum, true, 0, a + b)
ASSAY_PREFIX(prefix_exclusive_product, false, 1, a *b)
ASSAY_PREFIX(prefix_inclusive_product, true, 1, a *b)

ASSAY_CALL simd_vote simd_ballot(bool predicate, ASSAY_SITE) {
  const assay_exchange e = assay::publish(predicate, site);
  ulong mask = 0;
  for (uint lane = 0; lane < 32u; ++lane)
    if (e.active >> lane & 1u) mask |= (ulong)assay::value_of<bool>(e, lane) << lane;
  return simd_vote(mask);
}
ASSAY_CALL simd_vote simd_active_threads_mask(ASSAY_SITE) {
  return simd_vote(assay_runtime_table->simd_exchange(nullptr, 0, site).active);
}
ASSAY_CALL bool simd_all(bool predicate, ASSAY_SITE) {
  const assay_exchange e = assay::publish(predicate, site);
  return assay::reduce<bool>(e, e.active, [](bool a, bool b) { return a && b; });
}
ASSAY_CALL bool simd_any(bool predicate, ASSAY_SITE) {
  const assay_exchange e = assay::publish(predicate, site);
  return assay::reduce<bool>(e, e.active, [](bool a, bool b) { return a || b; });
}
ASSAY_CALL bool simd_is_first(ASSAY_SITE) {
  const assay_exchange e = assay_runtime_table->simd_exchange(nullptr, 0, site);
  return e.lane == (uint)__builtin_ctz(e.active);
}
ASSAY_CALL quad_vote quad_ballot(bool predicate, ASSAY_SITE) {
  const assay_exchange e = assay::publish(predicate, site);
  uint mask = 0;
  for (uint lanes = assay::quad_mask(e); lanes; lanes &= lanes - 1u) {
    const uint lane = __builtin_ctz(lanes);
    mask |= (uint)assay::value_of<bool>(e, lane) << (lane & 3u);
  }
  return quad_vote((ushort)mask);
}
ASSAY_CALL quad_vote quad_active_threads_mask(ASSAY_SITE) {
  const assay_exchange e = assay_runtime_table->simd_exchange(nullptr, 0, site);
  return quad_vote((ushort)(e.active >> (e.lane & 28u) & 15u));
}
ASSAY_CALL bool quad_is_first(ASSAY_SITE) {
  const assay_exchange e = assay_runtime_table->simd_exchange(nullptr, 0, site);
  return e.lane == (uint)__builtin_ctz(assay::quad_mask(e));
}
// Compute kernels have no helper threads.
ASSAY_INLINE bool simd_is_helper_thread() { return false; }
ASSAY_INLINE bool quad_is_helper_thread() { return false; }
ASSAY_CALL bool quad_all(bool predicate, ASSAY_SITE) {
  const assay_exchange e = assay::publish(predicate, site);
  return assay::reduce<bool>(e, assay::quad_mask(e), [](bool a, bool b) { return a && b; });
}
ASSAY_CALL bool quad_any(bool predicate, ASSAY_SITE) {
  const assay_exchange e = assay::publish(predicate, site);
  return assay::reduce<bool>(e, assay::quad_mask(e), [](bool a, bool b) { return a || b; });
}
}  // namespace metal
