// What a credential source gives, to its end on the calling thread.
#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "cluster/exec_plugin.hpp"
#include "support/run_to_end.hpp"

namespace hygiene::test {

inline Result<cluster::CredentialPtr> got_from(cluster::CredentialSource& source,
                                               net::GivenUp given_up = nullptr) {
  boost::asio::io_context context{1};
  return run_to_end(context, source.get(std::move(given_up)));
}

inline std::unique_ptr<cluster::CredentialSource> plugin_source(const cluster::ExecPlugin& plugin) {
  return cluster::ExecPlugins().source(plugin);
}

}  // namespace hygiene::test
