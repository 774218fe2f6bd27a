#include "support/fake_cluster.hpp"
