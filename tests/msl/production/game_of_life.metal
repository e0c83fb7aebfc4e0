// Cells of a board as bit-fields, as bytes and as 64 bits of a word.
#include <metal_integer>
#include <metal_stdlib>
using namespace metal;

struct Cell {
  uchar alive : 1;
  uchar age : 4;
  uchar : 2;
  uchar frozen : 1;
};
static_assert(sizeof(Cell) == 1, "one byte a cell");

enum class Rule : ushort { conway = 0b1100, high_life = 0b1'001'100 };
enum Kind { DEAD, ALIVE = 1, BORN };

struct Board {
  int2 size;
  static constant constexpr int neighbours = 8;
  static constant constexpr char offsets[neighbours][2] = {
      {-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1},
  };
  int index(int2 p) const constant { return ((p.y + size.y) % size.y) * size.x + (p.x + size.x) % size.x; }
};

template <Rule R>
constexpr bool survives(int count) {
  return count == 2 || count == 3;
}
template <Rule R>
constexpr bool is_born(int count) {
  return count == 3 || (R == Rule::high_life && count == 6);
}

template <Rule R>
kernel void life(device const Cell *now [[buffer(0)]], device Cell *next [[buffer(1)]],
                 constant Board &board [[buffer(2)]], device atomic_uint &born [[buffer(3)]],
                 ushort2 position [[thread_position_in_grid]]) {
  const int2 p = int2(position);
  int count = 0;
  for (const auto &offset : Board::offsets)
    count += now[board.index(p + int2(offset[0], offset[1]))].alive;
  Cell cell = now[board.index(p)];
  Kind kind = DEAD;
  switch (cell.alive) {
    case 0:
      if (is_born<R>(count)) kind = BORN;
      break;
    default:
      kind = survives<R>(count) ? ALIVE : DEAD;
  }
  if (!cell.frozen) {
    cell.alive = kind != DEAD;
    cell.age = kind == ALIVE ? min(cell.age + 1, 15) : 0;
    if (kind == BORN) atomic_fetch_add_explicit(&born, 1u, memory_order_relaxed);
  }
  next[board.index(p)] = cell;
}
template [[host_name("life_conway")]] kernel void life<Rule::conway>(
    device const Cell *, device Cell *, constant Board &, device atomic_uint &, ushort2);
template [[host_name("life_high")]] kernel void life<Rule::high_life>(
    device const Cell *, device Cell *, constant Board &, device atomic_uint &, ushort2);

// One row of 64 cells a thread; sums of three rows bit by bit.
kernel void life_words(device const ulong *now, device ulong *next, constant uint &rows,
                       uint y [[thread_position_in_grid]]) {
  ulong ones = 0, twos = 0, fours = 0;
  for (int dy = -1; dy <= 1; ++dy) {
    const ulong row = now[(y + rows + dy) % rows];
    const ulong sides[3] = {rotate(row, 1ul), dy ? row : 0ul, rotate(row, 63ul)};
    for (ulong side : sides) {
      const ulong carry = ones & side, carry2 = twos & carry;
      ones ^= side;
      twos ^= carry;
      fours |= carry2;
    }
  }
  next[y] = twos & ~fours & (ones | now[y]);
}
kernel void census(device const ulong2 *words, device uint *counts, uint i [[thread_position_in_grid]]) {
  const ulong2 w = words[i];
  counts[i] = popcount(w.x) + popcount(w.y) + (clz(w.x) << 8) + (uint(ctz(w.y)) << 16);
}
