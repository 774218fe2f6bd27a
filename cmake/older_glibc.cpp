// What the compiler's own archives call of glibc 2.35 and 2.36, for the portable program alone: so it runs on
// glibc 2.34 too.

#include <cstdint>
#include <cstdlib>

#include <dlfcn.h>
#include <link.h>
#include <sys/random.h>

namespace {

struct Search {
  std::uintptr_t address;
  void* unwind_table = nullptr;
};

// Looks at one loaded object; ends the search where it holds the address.
int look_at(dl_phdr_info* object, std::size_t, void* given) {
  auto& search = *static_cast<Search*>(given);
  bool holds = false;
  void* table = nullptr;
  for (int number = 0; number < object->dlpi_phnum; ++number) {
    const auto& segment = object->dlpi_phdr[number];
    const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && search.address - begin < segment.p_memsz) holds = true;
    if (segment.p_type == DLFO_EH_SEGMENT_TYPE) table = reinterpret_cast<void*>(begin);
  }
  if (holds) search.unwind_table = table;
  return holds ? 1 : 0;
}

}  // namespace

extern "C" {

// Of glibc 2.36, for std::random_device.
[[gnu::visibility("hidden")]] std::uint32_t arc4random() noexcept {
  std::uint32_t number = 0;
  // So few bytes come at once, or not at all where the kernel lacks the call.
  if (getrandom(&number, sizeof number, 0) != sizeof number) std::abort();
  return number;
}

// Of glibc 2.35, for whoever throws: libgcc reads the unwind table alone.
[[gnu::visibility("hidden")]] int _dl_find_object(void* address, dl_find_object* found) noexcept {
  Search search{reinterpret_cast<std::uintptr_t>(address)};
  dl_iterate_phdr(look_at, &search);
  if (!search.unwind_table) return -1;
  found->dlfo_eh_frame = search.unwind_table;
  return 0;
}
}
