// The view as of the moment when a read of the ledger was asked for: it keeps what was stored under the names
// that have changed since. The ledger's answer is judged beside that, not beside what changed while the
// answer was on its way. Thread-safety: one thread at a time.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "counting/cluster_view.hpp"

namespace hygiene::counting {

class ViewAtLedgerRead {
 public:
  // How many names are kept, about 1 MiB: far more than change while one object is read. Beyond it the moment
  // is forgotten, and the confirmation fails.
  static constexpr std::size_t kNamesMax = 4'096;
  using Name = std::pair<std::string, std::string>;  // namespace and name
  struct Then {
    std::string type;
    std::optional<Stored> stored;  // nothing: no Secret was stored
  };

  // `view` must outlive it.
  explicit ViewAtLedgerRead(const ClusterView& view) : view_(view) {}

  // Makes now the moment. `seen`: by watch, the revision up to which it has shown everything.
  void begin(std::vector<std::uint64_t> seen);
  void end();
  bool begun() const { return begun_; }
  // Call it before what is stored under a name changes, or with what was stored until now.
  void keep(const Subject& subject);
  void keep(const StoredSecret& secret);

  // What was stored under the name at the moment. Its views are valid until the next call of begin, end or
  // keep.
  std::optional<StoredSecret> find(std::string_view namespace_name, std::string_view name) const;
  // True: by the moment, the view had shown this revision of a Secret of this type.
  bool saw(std::string_view type, std::uint64_t revision) const;
  const std::map<Name, Then>& changed() const { return changed_; }

 private:
  void keep(std::string_view namespace_name, std::string_view name, const std::optional<StoredSecret>& then);

  const ClusterView& view_;
  bool begun_ = false;
  std::vector<std::uint64_t> seen_;
  std::map<Name, Then> changed_;
};

}  // namespace hygiene::counting
