#include "cluster/streams.hpp"

#include "base/ascii.hpp"

namespace hygiene::cluster {

std::string selectors_query(const std::string& labels, const std::string& fields) {
  std::string query;
  if (!labels.empty()) query += "&labelSelector=" + base::percent_encode(labels);
  if (!fields.empty()) query += "&fieldSelector=" + base::percent_encode(fields);
  return query;
}

// A list of metadata has a name of its own; a watch asked for it would be empty.
std::string media_type(Form form, bool list) {
  switch (form) {
    case Form::whole:
      break;
    case Form::metadata:
      return std::string("application/json;as=PartialObjectMetadata") + (list ? "List" : "") +
             ";g=meta.k8s.io;v=v1";
    case Form::table:
      return "application/json;as=Table;g=meta.k8s.io;v=v1";
  }
  return "application/json";
}

}  // namespace hygiene::cluster
