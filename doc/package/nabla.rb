# nabla.rb -- a formula for Homebrew: untested, to be begun from
#
# url and sha256 are those of a release: `make dist` prints the sum.
class Nabla < Formula
  desc "Prompt and graph explorer for automatic differentiation"
  homepage "https://example.org/nabla"
  url "https://example.org/nabla/nabla-0.1.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"

  depends_on "make" => :build
  depends_on "pkg-config" => :build
  depends_on "cjson"
  depends_on "graphviz"
  depends_on "nettle"
  depends_on "openblas"
  depends_on "pango"
  depends_on "readline"
  depends_on "sdl2"
  depends_on "zeromq"

  def install
    ENV["NB_DEPS"] = "check"
    system "gmake", "WINDOWS=0", "PREFIX=#{prefix}", "install"
  end

  test do
    assert_match "= 6", shell_output("#{bin}/nabla --norc -e 'x = 3; y = x^2; backward y'")
  end
end
