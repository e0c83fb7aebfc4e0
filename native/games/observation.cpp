// What agents see, and pictures of the whole world, in games with beams.
#include <algorithm>

#include "games/beam_game.h"

namespace assay::games {
namespace {

constexpr std::uint8_t kPalette[][3] = {
    {0, 0, 0},        // background
    {127, 127, 127},  // wall
    {0, 200, 0},      // apple
    {50, 100, 255},   // self
    {220, 50, 50},    // other
    {255, 255, 60},   // fire beam
    {100, 100, 100},  // tagged
    {100, 180, 255},  // river
    {139, 90, 43},    // waste
    {0, 180, 200},    // stream
    {100, 255, 255},  // clean beam
    {180, 80, 220},   // any agent but the first two
};

}  // namespace

void BeamGame::paint_shots(const std::vector<Shot>& shots, Colour colour,
                           std::uint8_t* scene) const {
  for (const Shot& beam : shots) {
    if (beam.orientation < 0) {
      continue;
    }
    cover(beam, [&](int to_row, int to_column) {
      if (map_.walkable(to_row, to_column)) {
        scene[to_row * map_.width + to_column] = colour;
      }
    });
  }
}

std::vector<std::uint8_t> BeamGame::paint() const {
  std::vector<std::uint8_t> scene(static_cast<std::size_t>(map_.size()), kBackground);
  paint_ground(scene.data());
  for (std::size_t apple = 0; apple < apple_cells_.size(); ++apple) {
    if (apple_alive_[apple]) {
      scene[static_cast<std::size_t>(apple_cells_[apple])] = kApple;
    }
  }
  paint_shots(cleaned_, kClean, scene.data());
  paint_shots(fired_, kFire, scene.data());
  return scene;
}

void BeamGame::colour_in(const std::vector<std::uint8_t>& scene, std::uint8_t* pixels) const {
  for (const std::uint8_t colour : scene) {
    pixels = std::copy_n(kPalette[colour], 3, pixels);
  }
}

std::vector<std::uint8_t> BeamGame::framed_scene(int margin, std::vector<int>& lowest) const {
  std::vector<std::uint8_t> scene = paint();
  for (int agent = agents_; agent-- > 0;) {
    lowest[static_cast<std::size_t>(cell(agent))] = agent;
    scene[static_cast<std::size_t>(cell(agent))] = active(agent) ? kOther : kTagged;
  }
  const int width = map_.width + 2 * margin;
  std::vector<std::uint8_t> framed(static_cast<std::size_t>((map_.height + 2 * margin) * width),
                                   kWall);
  for (int line = 0; line < map_.height; ++line) {
    std::copy_n(scene.begin() + line * map_.width, map_.width,
                framed.begin() + (line + margin) * width + margin);
  }
  return framed;
}

void BeamGame::observe(std::uint8_t* pixels) const {
  const int margin = std::max(view_ahead_, view_side_);
  const int width = map_.width + 2 * margin;
  std::vector<int> lowest(static_cast<std::size_t>(map_.size()));
  const std::vector<std::uint8_t> scene = framed_scene(margin, lowest);
  const Shape shape = observation_shape();
  const std::size_t plane =
      static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width);
  for (int agent = 0; agent < agents_; ++agent, pixels += 3 * plane) {
    const int ahead = orientation(agent);
    const int right = (ahead + 1) & 3;
    const int line_step = kRowStep[ahead] * width + kColumnStep[ahead];
    const int pixel_step = kRowStep[right] * width + kColumnStep[right];
    const int origin = (row(agent) + margin) * width + column(agent) + margin;
    std::uint8_t* red = pixels;
    for (int forward = view_ahead_; forward >= 0; --forward) {
      int at = origin + forward * line_step - view_side_ * pixel_step;
      for (int x = 0; x < shape.width; ++x, ++red, at += pixel_step) {
        const std::uint8_t* colour = kPalette[scene[static_cast<std::size_t>(at)]];
        red[0] = colour[0];
        red[plane] = colour[1];
        red[2 * plane] = colour[2];
      }
    }
    if (lowest[static_cast<std::size_t>(cell(agent))] == agent) {
      std::uint8_t* own = pixels + plane - static_cast<std::size_t>(view_side_) - 1;
      for (std::size_t channel = 0; channel < 3; ++channel) {
        own[channel * plane] = kPalette[kSelf][channel];
      }
    }
  }
}

}  // namespace assay::games
