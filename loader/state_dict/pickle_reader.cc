// SPDX-License-Identifier: Apache-2.0
#include "loader/state_dict/pickle_reader.h"

#include <optional>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/limits.h"
#include "loader/quoted.h"
#include "loader/state_dict/pickle_globals.h"
#include "loader/state_dict/pickle_input.h"

namespace u2net::engine {
namespace {

constexpr const char* kRefused = "which a state_dict does not need: refused, nothing was executed";

std::string kind_name(const PickleValue& value) {
  return std::string(pickle_kind_name(value.kind));
}

// The stack machine. Its memory is bounded by the number of opcodes: each makes at most one value,
// one memo entry or one mark and pushes at most one reference. Texts stay where they are.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& name) : input_(bytes, name) {}

  Pickle run(std::size_t* used) {
    input_.read_header();
    for (std::int64_t count = 1; step(input_.next_opcode()); ++count) {
      if (count == kMaxPickleOpcodes) {
        throw_error(ErrorCode::kModelLimit, input_.prefix(), "the pickle has more than ",
                    kMaxPickleOpcodes, " opcodes");
      }
    }
    if (!marks_.empty()) input_.fail_here("a mark is left over");
    if (stack_.size() != 1) {
      input_.fail_here("the stack holds ", stack_.size(), " values, expected 1");
    }
    if (used) {
      *used = input_.offset();
    } else {
      input_.expect_end();
    }
    pickle_.root = stack_.back();
    return std::move(pickle_);
  }

 private:
  // The stack.

  // The number of values above the last mark.
  std::size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }

  void push(PickleRef ref) { stack_.push_back(ref); }

  void push_value(PickleKind kind, std::int64_t integer, std::string_view text) {
    push(static_cast<PickleRef>(pickle_.values.size()));
    pickle_.values.push_back({kind, integer, text, {}});
  }

  void push_empty(PickleKind kind) { push_value(kind, 0, {}); }
  void push_bool(bool value) { push_value(PickleKind::kBool, value, {}); }
  void push_integer(std::int64_t value) { push_value(PickleKind::kInteger, value, {}); }
  void push_text(std::string_view text) { push_value(PickleKind::kText, 0, text); }
  void push_bytes(std::string_view bytes) { push_value(PickleKind::kBytes, 0, bytes); }

  void push_tuple(std::vector<PickleRef> items) {
    push_empty(PickleKind::kTuple);
    pickle_.values.back().items = std::move(items);
  }

  PickleRef top() const {
    if (available() == 0) input_.fail_here("the stack is empty");
    return stack_.back();
  }

  PickleRef pop() {
    const PickleRef ref = top();
    stack_.pop_back();
    return ref;
  }

  std::vector<PickleRef> pop_many(std::size_t count) {
    if (count > available()) input_.fail_here("the stack is empty");
    std::vector<PickleRef> popped(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return popped;
  }

  std::vector<PickleRef> pop_to_mark() {
    if (marks_.empty()) input_.fail_here("there is no mark");
    std::vector<PickleRef> popped = pop_many(available());
    marks_.pop_back();
    return popped;
  }

  void extend(PickleKind kind, const std::vector<PickleRef>& items) {
    PickleValue& target = pickle_.values[top()];
    if (target.kind != kind) input_.fail_here("the target is ", kind_name(target));
    if (kind == PickleKind::kDict && items.size() % 2 != 0) {
      input_.fail_here("a key without a value");
    }
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  // The memo. Python's picklers number the entries as they come.

  void put(std::uint64_t index) {
    if (index > memo_.size()) {
      input_.fail_here("entry ", index, " of the memo comes before entry ", memo_.size());
    }
    const PickleRef ref = top();
    if (index == memo_.size()) {
      memo_.push_back(ref);
    } else {
      memo_[index] = ref;
    }
  }

  void get(std::uint64_t index) {
    if (index >= memo_.size()) {
      input_.fail_here("the memo has no entry ", index);
    }
    push(memo_[index]);
  }

  // Names, and what "calling" them means.

  void push_global(std::string_view module, std::string_view name) {
    const std::optional<PickleGlobal> known = find_pickle_global(module, name);
    if (!known) {
      const std::string full_name = std::string(module) + '.' + std::string(name);
      input_.fail("it refers to ", in_quotes(full_name), ", ", kRefused);
    }
    push_value(PickleKind::kGlobal, static_cast<std::int64_t>(*known), name);
  }

  void push_global_of_lines() {
    const std::string_view module = input_.take_line();
    push_global(module, input_.take_line());
  }

  void push_global_of_stack() {
    const PickleValue& name = pickle_[pop()];
    const PickleValue& module = pickle_[pop()];
    if (name.kind != PickleKind::kText || module.kind != PickleKind::kText) {
      input_.fail_here("a name made of ", kind_name(module), " and ", kind_name(name));
    }
    push_global(module.text, name.text);
  }

  bool is(PickleRef ref, PickleKind kind) const { return pickle_[ref].kind == kind; }

  bool is_text(PickleRef ref, std::string_view text) const {
    return is(ref, PickleKind::kText) && pickle_[ref].text == text;
  }

  bool is_global(PickleRef ref, PickleGlobal global) const {
    return is(ref, PickleKind::kGlobal) &&
           pickle_[ref].integer == static_cast<std::int64_t>(global);
  }

  void reduce() {
    const PickleValue& arguments = pickle_[pop()];
    const PickleValue& callable = pickle_[pop()];
    if (callable.kind != PickleKind::kGlobal) {
      input_.fail_here("a call of ", kind_name(callable));
    }
    if (arguments.kind != PickleKind::kTuple) {
      input_.fail_here("a call with ", kind_name(arguments), ", expected a tuple");
    }
    if (!push_result(static_cast<PickleGlobal>(callable.integer), arguments.items)) {
      input_.fail_here(std::string("a call with arguments ") + kRefused);
    }
  }

  // False where the arguments are not those of a state_dict.
  bool push_result(PickleGlobal callable, const std::vector<PickleRef>& arguments) {
    const std::size_t count = arguments.size();
    switch (callable) {
      case PickleGlobal::kReconstruct:  // (ndarray, (0,), b'b'): an array, to be built
        if (count != 3 || !is_global(arguments[0], PickleGlobal::kNdarray)) return false;
        push_empty(PickleKind::kArray);
        return true;
      case PickleGlobal::kDtype:  // ('f4', align, copy)
        if (count != 3 || !is(arguments[0], PickleKind::kText)) return false;
        push_value(PickleKind::kDtype, 0, pickle_[arguments[0]].text);
        return true;
      case PickleGlobal::kEncode:  // (text, 'latin1')
        if (count != 2 || !is(arguments[0], PickleKind::kText)) return false;
        if (!is_text(arguments[1], "latin1")) return false;
        push_value(PickleKind::kLatin1, 0, pickle_[arguments[0]].text);
        return true;
      case PickleGlobal::kTuple:  // ((name, array),)
        if (count != 1 || !is(arguments[0], PickleKind::kTuple)) return false;
        push(arguments[0]);
        return true;
      case PickleGlobal::kOrderedDict:
      case PickleGlobal::kBytes:
        if (count != 0) return false;
        push_empty(callable == PickleGlobal::kBytes ? PickleKind::kBytes : PickleKind::kDict);
        return true;
      case PickleGlobal::kTorchTensor:  // (storage, offset, shape, strides, ...)
        if (count < 4 || !is(arguments[0], PickleKind::kStorage)) return false;
        push_empty(PickleKind::kTensor);
        pickle_.values.back().items.assign(arguments.begin(), arguments.begin() + 4);
        return true;
      case PickleGlobal::kTorchParameter:  // (tensor, ...)
        if (count < 1 || !is(arguments[0], PickleKind::kTensor)) return false;
        push(arguments[0]);
        return true;
      case PickleGlobal::kNdarray:
      case PickleGlobal::kTorchStorage:
        break;
    }
    return false;
  }

  // ('storage', type, key, where, elements, ...)
  void push_storage() {
    const PickleValue& id = pickle_[pop()];
    const std::vector<PickleRef>& items = id.items;
    const bool fits =
        id.kind == PickleKind::kTuple && items.size() >= 5 && is_text(items[0], "storage") &&
        is_global(items[1], PickleGlobal::kTorchStorage) && is(items[2], PickleKind::kText) &&
        (items.size() == 5 || is(items[5], PickleKind::kNone));
    if (!fits) input_.fail_here("an object outside of the pickle that is no storage");
    const PickleRef type = items[1];
    push_value(PickleKind::kStorage, 0, pickle_[items[2]].text);
    pickle_.values.back().items = {type};
  }

  void push_long() {
    const std::string_view bytes = input_.sized<std::uint8_t>();
    if (bytes.size() > sizeof(std::int64_t)) return push_value(PickleKind::kLong, 0, bytes);
    const bool negative = !bytes.empty() && (bytes.back() & 0x80) != 0;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    push_integer(static_cast<std::int64_t>(value));
  }

  void build() {
    const PickleRef state = pop();
    PickleValue& target = pickle_.values[top()];
    // What Python hangs on a dict beside its items: PyTorch's versions of modules.
    if (target.kind == PickleKind::kDict && is(state, PickleKind::kDict)) return;
    if (target.kind != PickleKind::kArray && target.kind != PickleKind::kDtype) {
      input_.fail_here("a state for ", kind_name(target));
    }
    if (!is(state, PickleKind::kTuple)) {
      input_.fail_here("the state is ", kind_name(pickle_[state]), ", expected a tuple");
    }
    if (!target.items.empty()) input_.fail_here("a second state for ", kind_name(target));
    target.items.push_back(state);
  }

  // One opcode. False at the end.
  bool step(PickleOp op) {
    if (op == PickleOp::kStop) return false;
    if (!step_atom(op) && !step_container(op) && !step_reference(op)) {
      input_.fail("it has ", input_.describe_opcode(), ", ", kRefused);
    }
    return true;
  }

  bool step_atom(PickleOp op) {
    switch (op) {
      case PickleOp::kNone:
        push_empty(PickleKind::kNone);
        break;
      case PickleOp::kNewTrue:
      case PickleOp::kNewFalse:
        push_bool(op == PickleOp::kNewTrue);
        break;
      case PickleOp::kBinInt:
        push_integer(input_.number<std::int32_t>());
        break;
      case PickleOp::kBinInt1:
        push_integer(input_.number<std::uint8_t>());
        break;
      case PickleOp::kLong1:
        push_long();
        break;
      case PickleOp::kBinFloat:
        input_.take(sizeof(double));
        push_empty(PickleKind::kFloat);
        break;
      case PickleOp::kBinInt2:
        push_integer(input_.number<std::uint16_t>());
        break;
      case PickleOp::kShortBinUnicode:
        push_text(input_.sized<std::uint8_t>());
        break;
      case PickleOp::kBinUnicode:
        push_text(input_.sized<std::uint32_t>());
        break;
      case PickleOp::kBinUnicode8:
        push_text(input_.sized<std::uint64_t>());
        break;
      case PickleOp::kShortBinBytes:
        push_bytes(input_.sized<std::uint8_t>());
        break;
      case PickleOp::kBinBytes:
        push_bytes(input_.sized<std::uint32_t>());
        break;
      case PickleOp::kBinBytes8:
        push_bytes(input_.sized<std::uint64_t>());
        break;
      default:
        return false;
    }
    return true;
  }

  bool step_container(PickleOp op) {
    switch (op) {
      case PickleOp::kMark:
        marks_.push_back(stack_.size());
        break;
      case PickleOp::kEmptyTuple:
        push_empty(PickleKind::kTuple);
        break;
      case PickleOp::kTuple1:
      case PickleOp::kTuple2:
      case PickleOp::kTuple3:
        push_tuple(pop_many(static_cast<std::size_t>(op) -
                            static_cast<std::size_t>(PickleOp::kTuple1) + 1));
        break;
      case PickleOp::kTuple:
        push_tuple(pop_to_mark());
        break;
      case PickleOp::kEmptyList:
        push_empty(PickleKind::kList);
        break;
      case PickleOp::kAppend:
        extend(PickleKind::kList, pop_many(1));
        break;
      case PickleOp::kAppends:
        extend(PickleKind::kList, pop_to_mark());
        break;
      case PickleOp::kEmptyDict:
        push_empty(PickleKind::kDict);
        break;
      case PickleOp::kSetItem:
        extend(PickleKind::kDict, pop_many(2));
        break;
      case PickleOp::kSetItems:
        extend(PickleKind::kDict, pop_to_mark());
        break;
      default:
        return false;
    }
    return true;
  }

  bool step_reference(PickleOp op) {
    switch (op) {
      case PickleOp::kFrame:
        input_.open_frame();
        break;
      case PickleOp::kMemoize:
        put(memo_.size());
        break;
      case PickleOp::kBinPut:
        put(input_.number<std::uint8_t>());
        break;
      case PickleOp::kLongBinPut:
        put(input_.number<std::uint32_t>());
        break;
      case PickleOp::kBinGet:
        get(input_.number<std::uint8_t>());
        break;
      case PickleOp::kLongBinGet:
        get(input_.number<std::uint32_t>());
        break;
      case PickleOp::kGlobal:
        push_global_of_lines();
        break;
      case PickleOp::kInst:
        push_global_of_lines();  // its name is the better message
        return false;
      case PickleOp::kStackGlobal:
        push_global_of_stack();
        break;
      case PickleOp::kBinPersId:
        push_storage();
        break;
      case PickleOp::kReduce:
        reduce();
        break;
      case PickleOp::kBuild:
        build();
        break;
      default:
        return false;
    }
    return true;
  }

  PickleInput input_;
  Pickle pickle_;
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;  // sizes of the stack
  std::vector<PickleRef> memo_;
};

}  // namespace

Pickle read_pickle(std::span<const std::byte> bytes, const std::string& name, std::size_t* used) {
  return Machine(bytes, name).run(used);
}

}  // namespace u2net::engine
