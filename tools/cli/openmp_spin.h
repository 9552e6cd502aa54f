// SPDX-License-Identifier: Apache-2.0
// How long OpenMP's threads, on which oneDNN computes, wait awake for the next piece of work. GCC's
// runtime has them turn round 300,000 times, ten milliseconds and more, before they sleep: beside
// other work they use up the time that the one whom they wait for is waiting for. Beside two busy
// processes mode `onednn` took five times as long as with this bound; alone it takes the same.
#pragma once

namespace u2net::cli {

// For a command line that names mode onednn, or all modes. The runtime has read its environment
// before any code of this program runs, so the program begins anew with the bound in it; whoever
// has decided otherwise has his way. To be called first.
void bound_openmp_spinning(char** argv);

}  // namespace u2net::cli
