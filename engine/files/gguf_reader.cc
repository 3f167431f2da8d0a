#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/error.h"
#include "engine/files/checked.h"
#include "engine/files/gguf.h"
#include "engine/files/utf8.h"

namespace compression {
namespace {

constexpr std::uint64_t longest_value = 1 << 30;  // elements of an array, bytes of a string
constexpr std::uint64_t longest_tensor_name = 63;
constexpr std::uint32_t most_dimensions = 4;

// The smallest key with its value: length, one byte of key, type, one byte of value. The smallest tensor:
// length of its name, number of dimensions, type, offset.
constexpr std::uint64_t smallest_metadata = 8 + 1 + 4 + 1;
constexpr std::uint64_t smallest_tensor = 8 + 4 + 4 + 8;

[[noreturn]] void refuse(const std::string& rule) {
  throw EngineError(ErrorCode::corrupt_file, rule);
}

[[noreturn]] void refuse_tensor(std::string_view tensor, const std::string& rule) {
  refuse("tensor " + quoted(tensor) + ": " + rule);
}

/// Takes values off the front of a file. Beyond the prefix it throws MoreBytes, beyond the file's end
/// EngineError.
class Cursor {
 public:
  Cursor(std::span<const std::uint8_t> prefix, std::uint64_t file_size) noexcept
      : prefix_(prefix), file_size_(file_size) {}

  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] std::uint64_t left() const noexcept { return file_size_ - position_; }

  /// `what` is being read, for the error.
  std::span<const std::uint8_t> take(std::uint64_t count, const std::string& what) {
    if (count > left()) refuse("the file ends within " + what);
    const std::uint64_t end = position_ + count;
    if (end > longest_gguf_header) {
      throw EngineError(ErrorCode::unsupported, "the header is longer than " +
                                                    std::to_string(longest_gguf_header) +
                                                    " bytes, the most that is read, at " + what);
    }
    // Twice as many each time: a long header is read anew only a few times.
    if (end > prefix_.size()) {
      throw MoreBytes{std::min(file_size_, std::max<std::uint64_t>(end, 2 * std::uint64_t{prefix_.size()}))};
    }
    const auto taken = prefix_.subspan(static_cast<std::size_t>(position_), static_cast<std::size_t>(count));
    position_ = end;
    return taken;
  }

  template <class Number>
  Number number(const std::string& what) {
    Number value;
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }

  std::string_view text(const std::string& what) {
    const auto length = number<std::uint64_t>("the length of " + what);
    if (length > longest_value) refuse(what + " is longer than 2^30 bytes");
    const auto bytes = take(length, what);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  /// A count of things of which each takes at least `smallest` bytes of what is left.
  std::uint64_t count(std::uint64_t smallest, const std::string& what) {
    const auto count = number<std::int64_t>(what);
    if (count < 0 || static_cast<std::uint64_t>(count) > left() / smallest) {
      refuse(what + " is " + std::to_string(count) + ", more than a file of " + std::to_string(file_size_) +
             " bytes can hold");
    }
    return static_cast<std::uint64_t>(count);
  }

 private:
  std::span<const std::uint8_t> prefix_;
  std::uint64_t file_size_;
  std::uint64_t position_ = 0;
};

std::uint32_t read_version(Cursor& cursor) {
  constexpr std::string_view magic = "GGUF";
  const auto start = cursor.take(magic.size(), "its first four bytes");
  if (!std::equal(start.begin(), start.end(), magic.begin())) refuse("the file does not start with GGUF");
  const auto version = cursor.number<std::uint32_t>("the version");
  if (version == 2 || version == 3) return version;
  const bool swapped = (version & 0xffff) == 0;
  throw EngineError(ErrorCode::unsupported,
                    swapped ? "the file is big-endian, which is not read"
                            : "version " + std::to_string(version) + " of GGUF is not read; 2 and 3 are");
}

GgufType read_type(Cursor& cursor, const std::string& what) {
  const auto number = cursor.number<std::uint32_t>("the type of " + what);
  if (number > static_cast<std::uint32_t>(GgufType::float64)) {
    refuse(what + " has the type " + std::to_string(number) + ", which does not exist");
  }
  return static_cast<GgufType>(number);
}

/// Passes over `count` strings; the bytes they take.
std::span<const std::uint8_t> take_strings(Cursor& cursor, std::uint64_t count, const std::string& what) {
  const std::uint8_t* begin = nullptr;
  std::size_t size = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view text = cursor.text(what);
    const auto* const first = reinterpret_cast<const std::uint8_t*>(text.data()) - sizeof(std::uint64_t);
    if (begin == nullptr) begin = first;
    size += sizeof(std::uint64_t) + text.size();
  }
  return {begin, size};
}

void read_array(Cursor& cursor, GgufMetadata& value, const std::string& what) {
  value.element = read_type(cursor, what);
  if (value.element == GgufType::array) refuse(what + " is an array of arrays");
  value.count = cursor.number<std::uint64_t>("the length of " + what);
  if (value.count > longest_value) refuse(what + " has more than 2^30 elements");
  if (value.element != GgufType::string) {
    value.payload = cursor.take(value.count * value_size(value.element), what);
    return;
  }
  if (value.count > cursor.left() / sizeof(std::uint64_t)) refuse("the file ends within " + what);
  value.payload = take_strings(cursor, value.count, what);
}

GgufMetadata read_value(Cursor& cursor, std::uint64_t index) {
  GgufMetadata value;
  value.key = cursor.text("key " + std::to_string(index));
  if (value.key.empty()) refuse("key " + std::to_string(index) + " is empty");
  if (!is_utf8(value.key)) refuse("key " + std::to_string(index) + " is not UTF-8");
  const std::string what = "key " + quoted(value.key);
  value.type = value.element = read_type(cursor, what);
  if (value.type == GgufType::array) {
    read_array(cursor, value, what);
  } else if (value.type == GgufType::string) {
    value.payload = take_strings(cursor, 1, what);
  } else {
    value.payload = cursor.take(value_size(value.type), what);
  }
  return value;
}

std::uint64_t alignment_of(const std::vector<GgufMetadata>& metadata) {
  for (const GgufMetadata& value : metadata) {
    if (value.key != "general.alignment") continue;
    if (value.type != GgufType::uint32) {
      refuse("key \"general.alignment\" must be a uint32, not a " + std::string(name(value.type)));
    }
    std::uint32_t alignment = 0;
    std::memcpy(&alignment, value.payload.data(), sizeof alignment);
    if (std::has_single_bit(alignment)) return alignment;
    refuse("key \"general.alignment\" must be a power of two, not " + std::to_string(alignment));
  }
  return GgufHeader{}.alignment;
}

std::vector<std::uint64_t> read_shape(Cursor& cursor, std::string_view tensor, const std::string& what) {
  const auto dimensions = cursor.number<std::uint32_t>(what);
  if (dimensions > most_dimensions) {
    refuse_tensor(tensor, "it has " + std::to_string(dimensions) + " dimensions, more than 4");
  }
  std::vector<std::uint64_t> shape(dimensions);
  for (auto dimension = shape.rbegin(); dimension != shape.rend(); ++dimension) {
    const auto size = cursor.number<std::int64_t>(what);
    if (size < 0) refuse_tensor(tensor, "a dimension is negative: " + std::to_string(size));
    *dimension = static_cast<std::uint64_t>(size);
  }
  return shape;
}

/// A tensor; `begin` within the data.
TensorEntry read_tensor(Cursor& cursor, std::uint64_t index) {
  const std::string_view tensor = cursor.text("the name of tensor " + std::to_string(index));
  if (tensor.size() > longest_tensor_name) {
    refuse_tensor(tensor, "its name is " + std::to_string(tensor.size()) + " bytes long, more than 63");
  }
  if (!is_utf8(tensor)) refuse("the name of tensor " + std::to_string(index) + " is not UTF-8");
  const std::string what = "tensor " + quoted(tensor);
  TensorEntry entry{.name = std::string(tensor), .shape = read_shape(cursor, tensor, what)};
  const auto id = cursor.number<std::uint32_t>(what);
  entry.type = find_gguf_type(id);
  if (entry.type == nullptr) {
    throw EngineError(ErrorCode::unsupported, what + " is of the type " + std::to_string(id) +
                                                  ", which ggml has taken back or is not known here");
  }
  if (element_count(tensor, entry.shape) > std::numeric_limits<std::int64_t>::max()) {
    refuse_tensor(tensor, "it has 2^63 elements or more");
  }
  entry.byte_length = data_size(FileKind::gguf, tensor, entry.shape, *entry.type);
  entry.begin = cursor.number<std::uint64_t>(what);
  return entry;
}

/// Throws unless each tensor begins where the padding of the one before ends, and the file holds them all;
/// turns places in the data into places in the file.
void place(std::vector<TensorEntry>& tensors, std::uint64_t header_end, std::uint64_t alignment,
           std::uint64_t file_size) {
  if (tensors.empty()) return;
  const auto data_begin = checked_align(header_end, alignment);
  if (!data_begin || *data_begin > file_size) refuse("the file ends before its data");
  std::uint64_t end = 0;
  for (TensorEntry& tensor : tensors) {
    if (tensor.begin != end) {
      refuse_tensor(tensor.name, "its data begin at " + std::to_string(tensor.begin) + ", not at " +
                                     std::to_string(end) + " after the tensor before and its padding");
    }
    const auto padded = checked_align(tensor.byte_length, alignment);
    const auto next = padded ? checked_add(end, *padded) : padded;
    if (!next || *next > file_size - *data_begin) {
      refuse_tensor(tensor.name, "the file ends within its data or the padding after them");
    }
    end = *next;
    tensor.begin += *data_begin;
  }
}

GgufHeader read(Cursor& cursor, std::uint64_t file_size) {
  GgufHeader header;
  header.version = read_version(cursor);
  const std::uint64_t tensors = cursor.count(smallest_tensor, "the number of tensors");
  const std::uint64_t keys = cursor.count(smallest_metadata, "the number of keys");
  std::vector<std::string_view> names;
  for (std::uint64_t i = 0; i < keys; ++i) {
    header.metadata.push_back(read_value(cursor, i));
    names.emplace_back(header.metadata.back().key);
  }
  require_distinct(std::move(names), "key");
  header.alignment = alignment_of(header.metadata);
  for (std::uint64_t i = 0; i < tensors; ++i) header.tensors.push_back(read_tensor(cursor, i));
  names.clear();
  for (const TensorEntry& tensor : header.tensors) names.emplace_back(tensor.name);
  require_distinct(std::move(names), "tensor");
  place(header.tensors, cursor.position(), header.alignment, file_size);
  return header;
}

}  // namespace

std::variant<MoreBytes, GgufHeader> read_gguf_header(std::span<const std::uint8_t> prefix,
                                                     std::uint64_t file_size) {
  try {
    Cursor cursor(prefix, file_size);
    return read(cursor, file_size);
  } catch (const MoreBytes& more) {
    return more;
  }
}

}  // namespace compression
