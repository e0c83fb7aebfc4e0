#include <metal_stdlib>
using namespace metal;
// As a code generator writes it: every expression in brackets, no helper functions.
kernel void r_16_32_8(device float* data0, const device half* data1, const device int* data2, constant int& start, uint3 gid [[threadgroup_position_in_grid]], uint3 lid [[thread_position_in_threadgroup]]) {
  threadgroup __attribute__((aligned(16))) float temp0[32];
  int gidx0 = gid.x; /* 16 */
  int lidx0 = lid.x; /* 32 */
  float acc0 = 0.0f;
  for (int ridx0 = 0; ridx0 < 2; ridx0++) {
    half4 val0 = (*((device half4*)((data1+((gidx0<<8)+(lidx0<<3)+(ridx0<<2))))));
    float4 cast0 = float4((float)(val0.x),(float)(val0.y),(float)(val0.z),(float)(val0.w));
    int val1 = (*(data2+gidx0));
    bool alu0 = (((ridx0<<2)+start)<8);
    acc0 = (acc0+((alu0&&(val1!=0))?(cast0.x+cast0.y+cast0.z+cast0.w):0.0f));
  }
  *(temp0+lidx0) = acc0;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (((bool)(lidx0))!=1) {
    float acc1 = 0.0f;
    for (int ridx1 = 0; ridx1 < 32; ridx1++) {
      acc1 = (acc1+(*(temp0+ridx1)));
    }
    *(data0+gidx0) = (acc1*as_type<float>((uint)(1065353216u)));
  }
}
