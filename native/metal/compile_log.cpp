#include "metal/compile_log.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>
#include <sstream>
#include <tuple>

namespace assay {
namespace {

// The name that Metal gives to a source that was passed as text.
constexpr const char* kSourceName = "program_source";
// Of a longer line only this much counts: the expressions of <regex> recurse for every character.
constexpr std::size_t kLongestLine = 2000;

std::string trimmed(const std::string& text) {
  const char* blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  return first == std::string::npos
             ? std::string()
             : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// So much of a line, without cutting a character of UTF-8 in two.
std::size_t length_to_read(const std::string& line) {
  std::size_t end = std::min(line.size(), kLongestLine);
  while (end > 0 && end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) {
    --end;
  }
  return end;
}

// A line that starts a finding, as file, line, column, severity and message.
std::optional<std::smatch> heading(const std::string& line) {
  static const std::regex pattern(
      R"(^\s*(.+?):(\d{1,9}):(?:(\d{1,9}):)? (fatal error|error|warning|note): (.*))");
  std::smatch match;
  return std::regex_search(line, match, pattern) ? std::optional<std::smatch>(match)
                                                 : std::nullopt;
}

// The second copy of the first finding follows "UserInfo={NSLocalizedDescription=".
bool is_source(const std::string& file) {
  const std::string name = kSourceName;
  return file.size() >= name.size() &&
         file.compare(file.size() - name.size(), name.size(), name) == 0;
}

Diagnostic finding(const std::smatch& match) {
  Diagnostic diagnostic;
  diagnostic.message = trimmed(match[5]);
  diagnostic.severity = match[4] == "warning" ? "warning" : "error";
  if (is_source(match[1])) {
    diagnostic.line = std::stoi(match[2]);
    if (match[3].matched) {
      diagnostic.column = std::stoi(match[3]);
    }
  } else {
    diagnostic.message += " (in " + match[1].str() + ", line " + match[2].str() + ")";
  }
  return diagnostic;
}

bool same(const Diagnostic& a, const Diagnostic& b) {
  return std::tie(a.line, a.column, a.severity, a.message) ==
         std::tie(b.line, b.column, b.severity, b.message);
}

bool is_part_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::size_t first_mention(const std::string& name, const std::string& source) {
  std::size_t at = source.find(name);
  for (; at != std::string::npos; at = source.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_part_of_name(source[at - 1])) &&
        (end == source.size() || !is_part_of_name(source[end]))) {
      break;
    }
  }
  return at;
}

}  // namespace

std::vector<Diagnostic> parse_compile_log(const std::string& log) {
  std::vector<Diagnostic> found;
  bool repeated = false;  // the last heading, so that its notes are left out too
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    line.resize(length_to_read(line));
    const auto match = heading(line);
    if (!match) {
      continue;
    }
    if ((*match)[4] == "note") {
      if (!found.empty() && !repeated && !found.back().hint) {
        found.back().hint = trimmed((*match)[5]);
      }
      continue;
    }
    const Diagnostic diagnostic = finding(*match);
    repeated = std::any_of(found.begin(), found.end(),
                           [&](const Diagnostic& earlier) { return same(earlier, diagnostic); });
    if (!repeated) {
      found.push_back(diagnostic);
    }
  }
  if (found.empty()) {
    Diagnostic whole;
    whole.message = trimmed(log).empty() ? "the compiler gave no reason" : trimmed(log);
    found.push_back(whole);
  }
  return found;
}

std::vector<std::string> in_source_order(std::vector<std::string> names,
                                         const std::string& source) {
  std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    return first_mention(a, source) < first_mention(b, source);
  });
  return names;
}

}  // namespace assay
