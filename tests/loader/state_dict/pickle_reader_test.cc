// SPDX-License-Identifier: Apache-2.0
// Hostile and damaged pickles: each is an Error that says why, or loads; nothing is ever executed.
#include "loader/state_dict/pickle_reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "loader/limits.h"
#include "loader/state_dict/state_dict.h"
#include "tests/loader/state_dict/pickle_writer.h"
#include "tests/loader/state_dict/state_dict_reading.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEvidence = "pickle_was_executed";

std::string does_not_need(const std::string& name) {
  return "it refers to '" + name +
         "', which a state_dict does not need: refused, nothing was executed";
}

void expect_all_refused(const fs::path& folder, const std::map<std::string, std::string>& parts) {
  std::size_t files = 0;
  for (const fs::directory_entry& file : fs::directory_iterator(folder)) {
    ++files;
    const auto found = parts.find(file.path().stem());
    ASSERT_NE(found, parts.end()) << file.path();
    EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {found->second}, [&] {
      load_state_dict(file.path());
    })) << file.path();
  }
  EXPECT_EQ(files, parts.size());
}

// make_pdparams.py has checked that Python executes these files: each creates kEvidence in the
// current folder.
TEST(PickleReader, ExecutesNothing) {
  const std::string os_system = does_not_need("os.system");
  const std::string posix_system = does_not_need("posix.system");
  const TempDir folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  expect_all_refused(pdparams_folder() / "refused/live",
                     {{"global_os_system", os_system},
                      {"stack_global_os_system", os_system},
                      {"stack_global_nested_name", does_not_need("os.sys.modules.get")},
                      {"inst_os_system", os_system},
                      {"obj_os_system", os_system},
                      {"builtins_eval", does_not_need("builtins.eval")},
                      {"builtins_exec", does_not_need("builtins.exec")},
                      {"python2_eval", does_not_need("__builtin__.eval")},
                      {"as_key", os_system},
                      {"as_root", os_system},
                      {"after_an_entry", os_system},
                      {"in_a_tuple", os_system},
                      {"from_the_memo", os_system},
                      {"in_an_ordered_dict", os_system},
                      {"as_a_state", os_system},
                      {"written_by_python_2", posix_system},
                      {"written_by_python_3", posix_system},
                      {"written_by_python_4", posix_system},
                      {"exec_by_python_2", does_not_need("__builtin__.exec")},
                      {"exec_by_python_3", does_not_need("builtins.exec")},
                      {"exec_by_python_4", does_not_need("builtins.exec")}});
  EXPECT_FALSE(fs::exists(kEvidence));
  EXPECT_TRUE(fs::is_empty(folder.path()));
  fs::current_path(before);
}

TEST(PickleReader, KnowsNothingElse) {
  const std::string end = ", which a state_dict does not need: refused, nothing was executed";
  const std::string arguments = "a call with arguments which a state_dict does not need";
  expect_all_refused(pdparams_folder() / "refused/inert",
                     {{"newobj", "it has NEWOBJ (0x81) at offset 35" + end},
                      {"newobj_ex", "it has NEWOBJ_EX (0x92) at offset 36" + end},
                      {"obj", "it has OBJ (0x6f)"},
                      {"inst", "it has INST (0x69)"},
                      {"persid", "it has PERSID (0x50)"},
                      {"binpersid", "an object outside of the pickle that is no storage"},
                      {"ext1", "it has EXT1 (0x82)"},
                      {"ext2", "it has EXT2 (0x83)"},
                      {"ext4", "it has EXT4 (0x84)"},
                      {"dup", "it has DUP (0x32)"},
                      {"set", "it has EMPTY_SET (0x8f)"},
                      {"float", "it is a number, expected an array"},
                      {"string", "it has SHORT_BINSTRING (0x55)"},
                      {"no_opcode", "it has 0xff at offset 9" + end},
                      {"encode_rot13", arguments},
                      {"decode", does_not_need("_codecs.decode")},
                      {"dtype_of_a_tuple", arguments},
                      {"ndarray_called", arguments},
                      {"reconstruct_of_another", arguments},
                      {"scalar", does_not_need("numpy.core.multiarray.scalar")},
                      {"call_of_a_string", "a call of a string"},
                      {"call_without_tuple", "a call with a list, expected a tuple"},
                      {"state_of_a_dict", "it is a dict, expected an array"},
                      {"state_of_a_function", "a state for a class or function"},
                      {"name_of_integers", "a name made of an integer and an integer"},
                      {"ordered_dict_subclass", does_not_need("collections.OrderedDict.fromkeys")},
                      {"eval_of_a_lod_tensor", does_not_need("builtins.eval")}});
}

TEST(PickleReader, NamesInMessagesStayOnOneLine) {
  EXPECT_TRUE(refused(protocol(4, text("o\ns") + text("sys\x1btem") + '\x93'), "'o?s.sys?tem'"));
  EXPECT_TRUE(refused(protocol(4, text(std::string(5000, 'm')) + text("n") + '\x93'), "mmm...'"));
}

TEST(PickleReader, Protocols) {
  EXPECT_TRUE(read(protocol(2, "}")).tensors.empty());
  EXPECT_TRUE(read(protocol(4, "}")).tensors.empty());
  for (const char number : {0, 1, 5, 127}) {
    EXPECT_TRUE(refused(protocol(number, "}"), "expected 2 to 4", ErrorCode::kModelUnsupported));
  }
  EXPECT_TRUE(refused("", "it does not start as a pickle"));
  EXPECT_TRUE(refused("}.", "it does not start as a pickle"));
  EXPECT_TRUE(refused("\x80", "PROTO (0x80) at offset 0: needs 1 bytes at offset 1"));
  EXPECT_TRUE(refused(pickle("\x80\3}"s), "it has PROTO (0x80) at offset 2"));
}

TEST(PickleReader, EndOfThePickle) {
  EXPECT_TRUE(refused(pickle("}") + "}", "1 bytes are left over after the pickle"));
  EXPECT_TRUE(refused("\x80\3}"s, "the pickle ends without STOP: the file is truncated"));
  EXPECT_TRUE(refused(pickle("}}"), "the stack holds 2 values, expected 1"));
  EXPECT_TRUE(refused(pickle(""), "the stack holds 0 values"));
  EXPECT_TRUE(refused(pickle("(}"), "STOP (0x2e) at offset 4: a mark is left over"));
}

TEST(PickleReader, StackAndMemo) {
  EXPECT_TRUE(refused(pickle("a"), "APPEND (0x61) at offset 2: the stack is empty"));
  EXPECT_TRUE(refused(pickle("]a"), "the stack is empty"));
  EXPECT_TRUE(refused(pickle("](Na"), "the stack is empty"));
  EXPECT_TRUE(refused(pickle("N(\x87"), "the stack is empty"));
  EXPECT_TRUE(refused(pickle("}u"), "there is no mark"));
  EXPECT_TRUE(refused(pickle("}(Nu"), "a key without a value"));
  EXPECT_TRUE(refused(pickle("](NNu"), "the target is a list"));
  EXPECT_TRUE(refused(pickle("}Na"), "the target is a dict"));
  EXPECT_TRUE(refused(pickle("h\0"s), "the memo has no entry 0"));
  EXPECT_TRUE(refused(pickle("}r\xff\xff\xff\xff"), "entry 4294967295 of the memo comes before"));
  EXPECT_TRUE(refused(pickle("}j\xff\xff\xff\xff"), "the memo has no entry 4294967295"));
  EXPECT_TRUE(refused(pickle("q\0"s), "the stack is empty"));
  EXPECT_TRUE(refused(pickle(empty_array() + ")b)b"), "a second state for an array"));
  EXPECT_TRUE(refused(pickle(empty_array() + "Nb"), "the state is None, expected a tuple"));
}

TEST(PickleReader, LengthsBeyondTheFile) {
  EXPECT_TRUE(refused(pickle("X\xff\xff\xff\xff"), "needs 4294967295 bytes at offset 7"));
  EXPECT_TRUE(refused(pickle("B\xff\xff\xff\x7f"), "needs 2147483647 bytes at offset 7"));
  for (const std::string opcode : {"\x8d", "\x8e"}) {
    EXPECT_TRUE(refused(pickle(opcode + std::string(8, '\xff')),
                        "needs 18446744073709551615 bytes at offset 11, the file ends at 12"));
  }
  EXPECT_TRUE(refused(pickle("cnumpy\nndarray"), "a name that does not end"));
  EXPECT_TRUE(
      refused(pickle('c' + std::string(1 << 20, 'm') + "\nx\n"), "a name that does not end"));
}

TEST(PickleReader, Frames) {
  const auto frame = [](std::uint64_t length) { return '\x95' + little_endian(length); };
  EXPECT_TRUE(read(protocol(4, frame(2) + '}')).tensors.empty());
  EXPECT_TRUE(read(protocol(4, frame(0) + frame(1) + '}' + frame(1))).tensors.empty());
  EXPECT_TRUE(
      refused(protocol(4, frame(3) + '}'), "a frame of 3 bytes at offset 11, the file ends"));
  EXPECT_TRUE(
      refused(protocol(4, frame(~std::uint64_t{0}) + '}'), "a frame of 18446744073709551615"));
  EXPECT_TRUE(refused(protocol(4, frame(10) + frame(1) + '}'), "a frame in a frame"));
  EXPECT_TRUE(refused(protocol(4, frame(3) + "}M\1\1"s), "runs over the end of its frame"));
}

std::string repeated(std::string_view piece, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += piece;
  return all;
}

TEST(PickleReader, DeepNestsDoNotOverflow) {
  constexpr int kDepth = 100'000;
  EXPECT_TRUE(refused(pickle(repeated("]", kDepth) + repeated("a", kDepth - 1)),
                      "the pickle is a list, expected a dict"));
  EXPECT_TRUE(refused(pickle(')' + repeated("\x85", kDepth)), "the pickle is a tuple"));
  EXPECT_TRUE(refused(pickle(repeated("(", kDepth) + repeated("t", kDepth)), "is a tuple"));
  EXPECT_TRUE(refused(pickle(repeated("(", kDepth) + '}'), "a mark is left over"));
  EXPECT_TRUE(refused(state_dict({text("a"), ')' + repeated("\x85", kDepth)}),
                      "parameter 'a': it is a tuple, expected an array"));
  const std::string key = text("a");
  EXPECT_TRUE(refused(pickle(repeated('}' + key, kDepth) + 'N' + repeated("s", kDepth)),
                      "parameter 'a': it is a dict"));
  EXPECT_TRUE(refused(pickle(global("builtins", "tuple") + ')' + repeated("\x85", kDepth) + 'R'),
                      "the pickle is a tuple"));
}

// Each list holds the one before ten times: 10^50 elements if anything walked through it.
TEST(PickleReader, MemoBombsStaySmall) {
  std::string body = "]q\0"s;
  for (int i = 1; i <= 50; ++i) {
    body += "](" + repeated("h"s + static_cast<char>(i - 1), 10) + "eq" + static_cast<char>(i);
  }
  EXPECT_TRUE(refused(pickle(body), "the stack holds 51 values"));
  std::string nested = "]q\0"s;
  for (int i = 1; i <= 50; ++i) {
    nested =
        "](" + nested + repeated("h"s + static_cast<char>(i - 1), 9) + "eq" + static_cast<char>(i);
  }
  EXPECT_TRUE(refused(pickle(nested), "the pickle is a list, expected a dict"));
  EXPECT_TRUE(refused(state_dict({text("a"), nested}), "parameter 'a': it is a list"));
}

TEST(PickleReader, CyclesEnd) {
  const std::string get = "h\0"s, put = "q\0"s;
  EXPECT_TRUE(refused(pickle(']' + put + get + 'a'), "the pickle is a list"));
  EXPECT_TRUE(
      refused(pickle('}' + put + text("a") + get + 's'), "it is a dict, expected an array"));
  EXPECT_TRUE(refused(pickle('}' + put + get + get + 's'), "a key of the pickle is a dict"));
  EXPECT_TRUE(refused(pickle('}' + put + text("UnpackBigParamInfor@@") + get + 's'),
                      "needs 'OriginShape' and 'slices'"));
  EXPECT_TRUE(refused(pickle('}' + put + text("StructuredToParameterName@@") + get + 's'),
                      "is a dict, expected a string"));
  const std::string as_shape = tuple({integer(1), get, dtype("f4"), "\x89", bytes("1234")});
  EXPECT_TRUE(refused(state_dict({text("a"), empty_array() + put + as_shape + 'b'}),
                      "the shape is an array, expected a tuple"));
  const std::string as_data = tuple({integer(1), shape({1}), dtype("f4"), "\x89", get});
  EXPECT_TRUE(refused(state_dict({text("a"), empty_array() + put + as_data + 'b'}),
                      "the data is an array, expected bytes"));
}

TEST(PickleReader, NumberOfOpcodes) {
  const int most = static_cast<int>(kMaxPickleOpcodes);
  // EMPTY_DICT, STOP, and nothing but MEMOIZE between them.
  EXPECT_TRUE(read(protocol(4, '}' + repeated("\x94", most - 2))).tensors.empty());
  EXPECT_TRUE(refused(protocol(4, '}' + repeated("\x94", most - 1)), "more than 2000000 opcodes",
                      ErrorCode::kModelLimit));
  EXPECT_TRUE(refused(pickle(repeated("]", most)), "opcodes", ErrorCode::kModelLimit));
}

// Either it loads or there is an Error of one line.
void expect_no_crash(std::string_view bytes, const std::string& what, int& loaded) {
  try {
    read(bytes);
    ++loaded;
  } catch (const Error& error) {
    EXPECT_TRUE(is_one_line(error.what())) << what << ": " << error.what();
    EXPECT_NE(error.code(), ErrorCode::kInternal) << what;
  } catch (const std::exception& error) {
    ADD_FAILURE() << what << ": " << error.what();
  }
}

TEST(PickleReader, EveryTruncationIsAnError) {
  for (const char* file : {"paddle2_tensors_2", "paddle3_slices_3", "paddle3_tuples_4"}) {
    const std::string whole = read_file(pdparams_folder() / (std::string(file) + ".pdparams"));
    ASSERT_FALSE(read(whole).tensors.empty());
    int loaded = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      expect_no_crash(std::string_view(whole).substr(0, length),
                      std::string(file) + " cut at " + std::to_string(length), loaded);
    }
    EXPECT_EQ(loaded, 0) << file;
  }
}

TEST(PickleReader, EveryDamagedByteIsAnErrorOrLoads) {
  for (const char* file :
       {"paddle2_tensors_2", "paddle3_slices_3", "paddle3_tuples_4", "paddle3_arrays_4"}) {
    const std::string whole = read_file(pdparams_folder() / (std::string(file) + ".pdparams"));
    std::string damaged = whole;
    int loaded = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (const int flip : {0x01, 0x20, 0x80, 0xff}) {
        damaged[i] = static_cast<char>(whole[i] ^ flip);
        expect_no_crash(damaged, std::string(file) + " flipped at " + std::to_string(i), loaded);
      }
      damaged[i] = whole[i];
    }
    EXPECT_GT(loaded, 0) << file;  // the data of arrays may be anything
  }
}

}  // namespace
}  // namespace u2net::engine::test
