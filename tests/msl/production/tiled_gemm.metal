#include <metal_stdlib>
#include <metal_simdgroup_matrix>
#define TILE_CONST static constant constexpr const
#define UNROLL _Pragma("clang loop unroll(full)")
using namespace metal;
namespace outer { namespace tiles {
template <typename T, short BROWS, short BCOLS, short dst_ld, short reduction_dim, short tgp_size>
struct BlockLoader {
  TILE_CONST short n_reads = (BCOLS * BROWS) / (tgp_size);
  TILE_CONST short TCOLS = BCOLS / n_reads;
  TILE_CONST short TROWS = tgp_size / TCOLS;
  const int src_ld;
  const int tile_stride;
  const short thread_idx;
  const short bi;
  const short bj;
  threadgroup T* dst;
  const device T* src;
  struct alignas(1) ReadVector { uint8_t v[sizeof(T) * 4]; };
  METAL_FUNC BlockLoader(const device T* src_, const int src_ld_, threadgroup T* dst_,
      ushort simd_group_id [[simdgroup_index_in_threadgroup]], ushort simd_lane_id [[thread_index_in_simdgroup]])
      : src_ld(src_ld_), tile_stride(reduction_dim ? BCOLS : BROWS * src_ld),
        thread_idx(simd_group_id * 32 + simd_lane_id), bi(thread_idx / TCOLS), bj(n_reads * (thread_idx % TCOLS)),
        dst(dst_ + bi * dst_ld + bj), src(src_ + bi * src_ld + bj) {}
  METAL_FUNC void load_unsafe() const {
    UNROLL
    for (short i = 0; i < BROWS; i += TROWS) {
      UNROLL
      for (short j = 0; j < n_reads; j++) dst[i * dst_ld + j] = src[i * src_ld + j];
    }
  }
  METAL_FUNC void next() { src += tile_stride; }
};
template <typename T, int kFragRows_, int kFragCols_> struct Fragment { static_assert(kFragRows_ == 8, "only 8"); };
template <typename T> struct Fragment<T, 8, 8> {
  TILE_CONST int kFragRows = 8;
  TILE_CONST int kFragCols = 8;
  TILE_CONST int kElemsPerFrag = (kFragRows * kFragCols) / 32;
  typedef metal::simdgroup_matrix<T, kFragRows, kFragCols> mat_type;
  typedef metal::vec<T, kElemsPerFrag> frag_type;
  METAL_FUNC static constexpr short2 get_coord(ushort simd_lane_id [[thread_index_in_simdgroup]]) {
    const short qid = simd_lane_id / 4;
    const short fm = (qid & 4) + ((simd_lane_id / 2) % 4);
    const short fn = (qid & 2) * 2 + (simd_lane_id % 2) * 2;
    return short2{fn, fm};
  }
  template <typename SrcPtrType>
  METAL_FUNC static constexpr void load(thread frag_type& dst, SrcPtrType src, int str_x) {
    for (short j = 0; j < 2; j++) dst[j] = static_cast<T>(src[j + str_x]);
  }
  METAL_FUNC static constexpr void mma(thread mat_type& D, thread mat_type& A, thread mat_type& B, thread mat_type& C) {
    simdgroup_multiply_accumulate(D, A, B, C);
  }
  METAL_FUNC static constexpr void mma(thread frag_type& D, thread frag_type& A, thread frag_type& B, thread frag_type& C) {
    mat_type D_mat; mat_type A_mat; mat_type B_mat; mat_type C_mat;
    reinterpret_cast<thread frag_type&>(A_mat.thread_elements()) = A;
    reinterpret_cast<thread frag_type&>(B_mat.thread_elements()) = B;
    reinterpret_cast<thread frag_type&>(C_mat.thread_elements()) = C;
    mma(D_mat, A_mat, B_mat, C_mat);
    D = reinterpret_cast<thread frag_type&>(D_mat.thread_elements());
  }
};
template <typename T, int kTileRows_, int kTileCols_, class Frag_ = Fragment<T, 8, 8>>
struct FragmentTile {
  using Frag_t = Frag_;
  TILE_CONST int kTileRows = kTileRows_;
  TILE_CONST int kNumFrags = kTileRows_ * kTileCols_;
  typedef typename Frag_t::frag_type frag_type;
  frag_type val_frags[kNumFrags] = {frag_type(0)};
  METAL_FUNC FragmentTile() thread {}
  METAL_FUNC constexpr void clear() { UNROLL for (short i = 0; i < kNumFrags; ++i) val_frags[i] = frag_type(0); }
  METAL_FUNC constexpr thread frag_type& frag_at(const short i, const short j) { return val_frags[i * kTileCols_ + j]; }
  METAL_FUNC constexpr const thread frag_type& frag_at(const short i, const short j) const { return val_frags[i * kTileCols_ + j]; }
};
}}  // namespace
using namespace outer::tiles;
struct GEMMParams { const int M; const int N; const int K; };
enum class Mode : int { plain = 0, gelu = 1 };
union Bits { uint u; float f; };
struct Flags { uint a : 4; uint b : 28; };
template <typename T, int BM, Mode mode = Mode::plain>
[[kernel, max_total_threads_per_threadgroup(32)]] void gemm8(
    const device T* A [[buffer(0)]], const device T* B [[buffer(1)]], device T* D [[buffer(2)]],
    const constant GEMMParams* params [[buffer(3)]], const constant int (&dims)[2] [[buffer(4)]],
    uint simd_lane_id [[thread_index_in_simdgroup]], uint simd_group_id [[simdgroup_index_in_threadgroup]],
    uint3 tid [[threadgroup_position_in_grid]]) {
  (void)simd_group_id;
  threadgroup T As[BM * 8];
  BlockLoader<T, BM, 8, 8, 1, 32> loader(A, params->K, As, simd_group_id, simd_lane_id);
  using frag = Fragment<float, 8, 8>;
  FragmentTile<float, 1, 1> ct; FragmentTile<float, 1, 1> at, bt;
  ct.clear();
  const short2 co = frag::get_coord(simd_lane_id);
  for (int k = 0; k < params->K; k += 8) {
    threadgroup_barrier(mem_flags::mem_threadgroup);
    loader.load_unsafe();
    threadgroup_barrier(mem_flags::mem_threadgroup);
    frag::load(at.frag_at(0, 0), As + co.y * 8 + co.x, 0);
    frag::load(bt.frag_at(0, 0), B + (k + co.y) * params->N + co.x, 0);
    frag::mma(ct.frag_at(0, 0), at.frag_at(0, 0), bt.frag_at(0, 0), ct.frag_at(0, 0));
    loader.next();
  }
  Bits bits; bits.f = ct.frag_at(0, 0)[0]; Flags fl = {3, 4};
  for (short j = 0; j < 2; j++) D[co.y * params->N + co.x + j] = T(ct.frag_at(0, 0)[j]) + T(mode == Mode::gelu ? 1 : 0) + T(bits.u * 0 + fl.a - 3 + dims[0] * 0);
}
template [[host_name("gemm8_f32")]] [[kernel]] decltype(gemm8<float, 8>) gemm8<float, 8>;
template [[host_name("gemm8_f16_gelu")]] [[kernel]] decltype(gemm8<half, 8, Mode::gelu>) gemm8<half, 8, Mode::gelu>;
