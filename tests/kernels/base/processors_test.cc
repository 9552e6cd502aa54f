// SPDX-License-Identifier: Apache-2.0
// How many threads are worth having: affinity, control groups, OMP_NUM_THREADS.
#include "kernels/base/processors.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <thread>

#include "tests/support/temp_dir.h"

namespace u2net::kernels {
namespace {

using test::TempDir;

// A tree of files as /proc and the control groups show them.
class Machine {
 public:
  Machine(const std::string& cgroup, const std::string& mounts) {
    write("proc/self/cgroup", cgroup);
    write("proc/self/mountinfo",
          "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n" + mounts);
  }
  Machine& write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    test::write_file(file, text);
    return *this;
  }
  // A group of version 1.
  Machine& write_v1(const std::string& folder, const std::string& quota,
                    const std::string& period = "100000") {
    return write(folder + "/cpu.cfs_quota_us", quota + "\n")
        .write(folder + "/cpu.cfs_period_us", period + "\n");
  }
  std::optional<int> quota() const { return quota_processors(root_.path().string()); }

 private:
  TempDir root_;
};

const std::string kV2 =
    "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
const std::string kV1 =
    "31 22 0:27 / /sys/fs/cgroup/cpuset rw shared:10 - cgroup cgroup rw,cpuset\n"
    "32 22 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct\n";

TEST(QuotaProcessors, OfTheProcessesOwnGroup) {
  Machine machine("0::/user.slice/job.service\n", kV2);
  EXPECT_EQ(machine.quota(), std::nullopt);
  machine.write("sys/fs/cgroup/user.slice/job.service/cpu.max", "250000 100000\n");
  EXPECT_EQ(machine.quota(), 3);  // two and a half
  machine.write("sys/fs/cgroup/user.slice/job.service/cpu.max", "max 100000\n");
  EXPECT_EQ(machine.quota(), std::nullopt);
  machine.write("sys/fs/cgroup/other.slice/cpu.max", "100000 100000\n");
  EXPECT_EQ(machine.quota(), std::nullopt);
}

TEST(QuotaProcessors, IsTheLeastOfAllGroupsAbove) {
  Machine machine("0::/a/b/c\n", kV2);
  machine.write("sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n");
  EXPECT_EQ(machine.quota(), 8);
  machine.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  machine.write("sys/fs/cgroup/a/cpu.max", "20000 10000\n");
  EXPECT_EQ(machine.quota(), 2);
  machine.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(machine.quota(), 1);
}

// In a container with a name space of its own: the group is the top of what is mounted.
TEST(QuotaProcessors, InANameSpace) {
  Machine machine("0::/\n", kV2);
  machine.write("sys/fs/cgroup/cpu.max", "300000 100000\n");
  EXPECT_EQ(machine.quota(), 3);
  // Beside the top of the name space.
  Machine beside("0::/../other\n", kV2);
  beside.write("sys/fs/cgroup/cpu.max", "400000 100000\n");
  EXPECT_EQ(beside.quota(), 4);
}

// In a container without one: the path is the host's, of which a part is mounted.
TEST(QuotaProcessors, WhereAPartOfTheTreeIsMounted) {
  Machine machine("0::/docker/0a1b/work\n",
                  "30 22 0:26 /docker/0a1b /mnt/my\\040groups rw - cgroup2 cgroup rw\n");
  machine.write("mnt/my groups/cpu.max", "600000 100000\n");
  EXPECT_EQ(machine.quota(), 6);
  machine.write("mnt/my groups/work/cpu.max", "500000 100000\n");
  EXPECT_EQ(machine.quota(), 5);
  // A name that begins like the mounted one is another group.
  Machine other("0::/docker/0a1bcd\n",
                "30 22 0:26 /docker/0a1b /sys/fs/cgroup rw - cgroup2 cgroup rw\n");
  other.write("sys/fs/cgroup/cd/cpu.max", "100000 100000\n")
      .write("sys/fs/cgroup/cpu.max", "700000 100000\n");
  EXPECT_EQ(other.quota(), 7);
}

TEST(QuotaProcessors, OfVersion1) {
  Machine machine("5:cpuset:/set\n4:cpu,cpuacct:/a/b\n1:name=systemd:/x\n", kV1);
  machine.write_v1("sys/fs/cgroup/cpu,cpuacct/a/b", "-1");
  EXPECT_EQ(machine.quota(), std::nullopt);
  machine.write_v1("sys/fs/cgroup/cpu,cpuacct/a", "150000");
  EXPECT_EQ(machine.quota(), 2);
  machine.write_v1("sys/fs/cgroup/cpu,cpuacct/a/b", "25000", "50000");
  EXPECT_EQ(machine.quota(), 1);
  machine.write_v1("sys/fs/cgroup/cpuset/set", "1000", "1000");  // not the controller's tree
  machine.write_v1("sys/fs/cgroup/cpu,cpuacct/a/b", "0", "0");
  EXPECT_EQ(machine.quota(), 2);
}

TEST(QuotaProcessors, OfBothVersionsAtOnce) {
  Machine machine("4:cpu,cpuacct:/a\n0::/b\n", kV1 + kV2);
  machine.write_v1("sys/fs/cgroup/cpu,cpuacct/a", "500000")
      .write("sys/fs/cgroup/b/cpu.max", "900000 100000\n");
  EXPECT_EQ(machine.quota(), 5);
  machine.write("sys/fs/cgroup/b/cpu.max", "300000 100000\n");
  EXPECT_EQ(machine.quota(), 3);
}

TEST(QuotaProcessors, WhatCannotBeReadIsNoQuota) {
  EXPECT_EQ(quota_processors("/nowhere"), std::nullopt);
  for (const std::string text : {"", "max", "-5 100000", "1 0", "x y", "nan 100000", "100000"}) {
    Machine machine("0::/a\n", kV2);
    machine.write("sys/fs/cgroup/a/cpu.max", text);
    EXPECT_EQ(machine.quota(), std::nullopt) << text;
  }
  EXPECT_EQ(Machine("nonsense\n:\n::\n0:\n", "nonsense - x\n - \n1 2 3\n").quota(), std::nullopt);
}

TEST(AllowedProcessors, FollowsTheAffinityMask) {
  EXPECT_GE(allowed_processors(), 1);
  int inside = 0;
  std::thread([&] {  // the mask belongs to the thread
    cpu_set_t all, one;
    CPU_ZERO(&one);
    ASSERT_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
    }
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    inside = allowed_processors();
  })
      .join();
  EXPECT_EQ(inside, 1);
}

TEST(FirstThreadCount, OfWhatOpenMpTakes) {
  EXPECT_EQ(first_thread_count("4"), 4);
  EXPECT_EQ(first_thread_count(" 3 "), 3);
  EXPECT_EQ(first_thread_count("4,2"), 4);
  EXPECT_EQ(first_thread_count("2, 3,\t1"), 2);
  EXPECT_EQ(first_thread_count("+5"), 5);
  EXPECT_EQ(first_thread_count("1000000"), kMaxThreads);
  for (const char* bad : {"", " ", "0", "-1", "four", "4x", "x4", "4,", ",4", "4,0", "4,,2", "1.5",
                          "99999999999999999999999", "4 2", "+-3"}) {
    EXPECT_EQ(first_thread_count(bad), std::nullopt) << bad;
  }
}

TEST(DefaultThreads, FollowTheEnvironment) {
  const char* before = std::getenv("OMP_NUM_THREADS");
  const std::string kept = before ? before : "";
  ::setenv("OMP_NUM_THREADS", "7,2", 1);
  EXPECT_EQ(default_threads(), 7);
  for (const char* bad : {"", "0", "many"}) {
    ::setenv("OMP_NUM_THREADS", bad, 1);
    EXPECT_EQ(default_threads(), allowed_processors()) << bad;
  }
  ::unsetenv("OMP_NUM_THREADS");
  EXPECT_EQ(default_threads(), allowed_processors());
  if (before) ::setenv("OMP_NUM_THREADS", kept.c_str(), 1);
}

}  // namespace
}  // namespace u2net::kernels
