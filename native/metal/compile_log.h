// What Apple's compiler says about a source.
#pragma once

#include <string>
#include <vector>

#include "errors.h"

namespace assay {

// Findings in the text of a failed compilation, in its order, each once. Lines such as
// "program_source:3:7: error: …" start a finding; the text as a whole is one where there is no such
// line.
std::vector<Diagnostic> parse_compile_log(const std::string& log);

// Names of functions in the order in which the source mentions them first.
std::vector<std::string> in_source_order(std::vector<std::string> names, const std::string& source);

}  // namespace assay
