// SPDX-License-Identifier: Apache-2.0
// Einstein's summation against the sums written out, and where it is a product of matrices.
#include "engine/ops/einsum.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/engine/single_ops.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

struct EinsumCase {
  const char* equation;
  std::vector<Shape> shapes;
  bool is_product;
};

const EinsumCase kEinsums[] = {
    {"ij,jk->ik", {{3, 40}, {40, 7}}, true},
    {"ij,jk->ki", {{3, 40}, {40, 7}}, true},
    {"ji,kj->ik", {{40, 3}, {7, 40}}, true},
    {"lbqc,bchw->lbqhw", {{2, 1, 5, 6}, {1, 6, 3, 4}}, true},
    {"lbqc,bchw->lbqhw", {{2, 3, 5, 6}, {3, 6, 3, 4}}, true},
    {"qc,qhw->chw", {{5, 4}, {5, 3, 2}}, true},
    {"bij,bj->bi", {{2, 3, 4}, {2, 4}}, true},
    {"bhid,bhjd->bhij", {{2, 3, 4, 5}, {2, 3, 6, 5}}, true},
    {"bhid,bjhd->bhij", {{2, 3, 4, 5}, {2, 6, 3, 5}}, true},
    {"abc,abd->cd", {{2, 3, 4}, {2, 3, 5}}, true},
    {"abc,abd->dc", {{2, 3, 4}, {2, 3, 5}}, true},
    {"iaj,jb->aib", {{2, 3, 4}, {4, 5}}, true},
    {"i,j->ij", {{3}, {4}}, true},
    {"abc,bad->cd", {{2, 3, 4}, {3, 2, 5}}, false},
    {"bi,bi->b", {{3, 6}, {3, 6}}, false},
    {"bi,bi->bi", {{3, 6}, {3, 6}}, false},
    {"ij,jk->k", {{3, 4}, {4, 5}}, false},
    {"ij,k->k", {{3, 4}, {5}}, false},
    {"ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 5}}, false},
    {"ijk->ki", {{2, 3, 4}}, false},
    {"ii->i", {{4, 4}}, false},
    {"ii->", {{4, 4}}, false},
    {"ij,jk->ik", {{3, 1}, {4, 5}}, false},
};

// By the definition: over all letters, with nothing known of products.
Tensor written_out(const EinsumCase& c, std::span<const Tensor> operands, const Shape& result) {
  std::map<char, std::int64_t> sizes, at;
  const std::string equation = c.equation;
  std::vector<std::string> terms(1);
  for (char letter : equation.substr(0, equation.find("->"))) {
    if (letter == ',')
      terms.emplace_back();
    else
      terms.back() += letter;
  }
  const std::string out = equation.substr(equation.find("->") + 2);
  for (std::size_t k = 0; k < terms.size(); ++k) {
    for (std::size_t d = 0; d < terms[k].size(); ++d) {
      std::int64_t& size = sizes[terms[k][d]];
      if (size < 2) size = c.shapes[k][d];
    }
  }
  const auto place = [&](const std::string& letters, const Shape& shape) {
    std::int64_t index = 0;
    for (std::size_t d = 0; d < letters.size(); ++d)
      index = index * shape[d] + (shape[d] == 1 ? 0 : at[letters[d]]);
    return static_cast<std::size_t>(index);
  };
  Tensor sums = weight(result);
  std::int64_t count = 1;
  for (const auto& [letter, size] : sizes) count *= size;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i;
    for (const auto& [letter, size] : sizes) at[letter] = rest % size, rest /= size;
    float product = 1;
    for (std::size_t k = 0; k < terms.size(); ++k)
      product *= operands[k].values<float>()[place(terms[k], c.shapes[k])];
    sums.values<float>()[place(out, result)] += product;
  }
  return sums;
}

// Small integers: no sum is rounded, in whatever order.
TEST(Einsum, IsTheSumWrittenOut) {
  Random random("einsum");
  for (const EinsumCase& c : kEinsums) {
    GraphBuilder g;
    std::vector<ValueId> ids;
    std::vector<Tensor> operands;
    for (const Shape& shape : c.shapes) {
      ids.push_back(g.input("x" + std::to_string(ids.size()), shape));
      operands.push_back(integers(random, shape));
    }
    const ValueId y = g.op("einsum", {{"Operands", ids}}, {{"equation", std::string(c.equation)}});
    g.output(y);
    const Tensor expected = written_out(c, operands, inferred(g).type_of(y).shape);
    for (const std::string& mode : graph_modes()) {
      const std::vector<Tensor> got = run_graph(g.graph(), operands, {.mode = mode, .threads = 2});
      EXPECT_TRUE(same_bits(expected.view(), got[0].view(), c.equation + (" " + mode)));
    }
  }
}

TEST(Einsum, IsAProductWhereTwoOperandsShareOutTheAxes) {
  for (const EinsumCase& c : kEinsums) {
    std::vector<const Shape*> shapes;
    for (const Shape& shape : c.shapes) shapes.push_back(&shape);
    const kernels::EinsumParams p = Einsum(c.equation).params(shapes);
    EXPECT_EQ(product_of(p).has_value(), c.is_product) << c.equation;
  }
}

ValueId einsum(GraphBuilder& g, const char* equation, const std::vector<Shape>& shapes) {
  std::vector<ValueId> ids;
  for (const Shape& shape : shapes) ids.push_back(g.input("x" + std::to_string(ids.size()), shape));
  return g.op("einsum", {{"Operands", ids}}, {{"equation", std::string(equation)}});
}

TEST(Einsum, HasTheAxesOfItsResult) {
  const struct {
    const char* equation;
    std::vector<Shape> shapes;
    Shape result;
  } kResults[] = {
      {"...ij,...jk->...ik", {{7, 1, 3, 4}, {2, 4, 5}}, {7, 2, 3, 5}},
      {"i...j->j...", {{3, 1, 2, 4}}, {4, 1, 2}},
      {"b...,...->...b", {{3, 4, 5}, {5}}, {4, 5, 3}},
      {"ba", {{2, 3}}, {3, 2}},
      {"ij,jk", {{2, 3}, {3, 4}}, {2, 4}},
      {"jZ...", {{2, 3, 4}}, {4, 3, 2}},
      {" i j , j -> i ", {{2, 3}, {3}}, {2}},
      {",i->i", {{}, {3}}, {3}},
  };
  for (const auto& c : kResults) {
    GraphBuilder g;
    const ValueId y = einsum(g, c.equation, c.shapes);
    EXPECT_EQ(inferred(g).type_of(y).shape, c.result) << c.equation;
  }
}

TEST(Einsum, NamesWhatIsNoEquation) {
  const std::pair<std::string, const char*> kBad[] = {
      {"i1->i", "character number 1"},       {"ij.->i", "character number 2"},
      {"i->ij", "'j' in its result alone"},  {"i->...", "'...' in its result alone"},
      {"ij->ii", "'i' twice in its result"}, {"...i...->i", "'...' twice"},
      {"i->i->i", "character number"},       {"a,a,a,a,a,a,a,a,a->a", "more than 8 operands"},
  };
  for (const auto& bad : kBad) {
    EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"einsum", bad.first, bad.second},
                           [&] { Einsum{bad.first}; }));
  }
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"einsum", "257 characters", "256"},
                         [] { Einsum{std::string(257, 'i')}; }));
}

TEST(Einsum, NamesShapesThatDoNotFit) {
  const struct {
    const char* equation;
    std::vector<Shape> shapes;
    std::initializer_list<std::string_view> parts;
  } kBad[] = {
      {"ij,jk->ik", {{2, 3}, {4, 5}}, {"operand 1 [4,5]", "4 along 'j'", "not 3"}},
      {"ii->i", {{2, 3}}, {"operand 0 [2,3]", "3 along 'i'", "not 2"}},
      {"ii->i", {{1, 3}}, {"operand 0 [1,3]", "3 along 'i'", "not 1"}},
      {"ij->i", {{2, 3, 4}}, {"operand 0 [2,3,4]", "2 letters"}},
      {"...ij->i...", {{2}}, {"operand 0 [2]", "2 letters"}},
      {"ij,j->i", {{2, 3}}, {"1 operands", "ij,j->i"}},
      {"...i->i", {{2, 3}}, {"lacks '...'"}},
      {"...i,...i->...", {{2, 3}, {4, 3}}, {"operand 1 [4,3]", "along '...'", "not 2"}},
      {"abcd,efgh,i->abcdefghi", {{1, 1, 1, 1}, {1, 1, 1, 1}, {1}}, {"rank 9"}},
      {"abcdefgh,ijklmnop,q->",
       {{1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1}, {1}},
       {"more than 16 axes"}},
      {"a,b,c,d->", {{65536}, {65536}, {65536}, {65536}}, {"2^62"}},
  };
  for (const auto& c : kBad) {
    GraphBuilder g;
    einsum(g, c.equation, c.shapes);
    EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, c.parts, [&] { inferred(g); })) << c.equation;
  }
  GraphBuilder g;
  const ValueId x = image(g, {2}), y = g.input("y", {2}, DType::kInt32);
  g.op("einsum", {{"Operands", {x, y}}}, {{"equation", std::string("i,i->")}});
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelFormat, {"operand 1 is int32", "float32"}, [&] { inferred(g); }));
}

}  // namespace
}  // namespace u2net::engine::test
