// Runs committed command buffers one after the other.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "cpu/dispatch.h"
#include "cpu/thread_pool.h"
#include "device.h"

namespace assay::cpu {

// How a command buffer is run, as of Device::command_buffer.
struct Manner {
  std::uint64_t perturbation = 0;
  bool lenient_reads = false;
};

// A committed command buffer.
class Submission {
 public:
  Submission(std::vector<Dispatch> dispatches, const Manner& manner)
      : dispatches_(std::move(dispatches)), manner_(manner) {}

  bool wait(double seconds);
  CommandBuffer::Status status() const;
  Interval interval() const;
  void throw_failure() const;

 private:
  friend class CommandQueue;

  bool ended() const { return status_ != CommandBuffer::Status::committed; }
  void end(const Interval& interval, std::optional<DeviceError> failure);

  std::vector<Dispatch> dispatches_;
  const Manner manner_;
  std::atomic<bool> stop_{false};
  std::atomic<double> limit_{0};  // that stop_ was set for
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  CommandBuffer::Status status_ = CommandBuffer::Status::committed;
  Interval interval_;
  std::optional<DeviceError> failure_;
};

class CommandQueue {
 public:
  explicit CommandQueue(unsigned threads);
  // Stops what is still running.
  ~CommandQueue();

  unsigned threads() const { return static_cast<unsigned>(workers_.size()); }
  void submit(std::shared_ptr<Submission> submission);
  // Makes the submission fail with kind timeout, unless it has ended. Returns once it has.
  // DeviceError where its threads cannot be stopped.
  void stop(Submission& submission, double limit);

 private:
  void lead();
  std::shared_ptr<Submission> take();
  void run(Submission& submission);
  void set_margins(const Submission& submission);
  std::optional<DeviceError> run_dispatches(Submission& submission);
  std::optional<DeviceError> run_dispatch(Submission& submission, const Dispatch& dispatch);
  std::optional<DeviceError> failure_of(const Dispatch& dispatch, double limit);
  void take_part(DispatchRun& run, std::atomic<bool>& stop, Worker& worker);
  bool withdraw(Submission& submission);
  void interrupt_all();

  std::vector<std::unique_ptr<Worker>> workers_;
  ThreadPool pool_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::shared_ptr<Submission>> waiting_;
  std::shared_ptr<Submission> running_;
  bool closed_ = false;
  std::mutex error_mutex_;
  std::optional<DeviceError> resource_error_;  // of the dispatch that is running
  std::unique_ptr<Thread> leader_;
};

}  // namespace assay::cpu
