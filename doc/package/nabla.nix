# nabla.nix -- a package for Nix: untested, to be begun from
#
#   nix-build -E '(import <nixpkgs> {}).callPackage ./doc/package/nabla.nix {}'
{ lib, stdenv, pkg-config, makeWrapper, cjson, graphviz, libX11, nettle, openblas, pango, readline
, SDL2, zeromq }:

stdenv.mkDerivation {
  pname = "nabla";
  version = "0.1";
  src = ../..;

  nativeBuildInputs = [ pkg-config makeWrapper ];
  buildInputs = [ cjson graphviz libX11 nettle openblas pango readline SDL2 zeromq ];

  NB_DEPS = "check";
  makeFlags = [ "PREFIX=${placeholder "out"}" ];
  postPatch = "patchShebangs .ci tests";

  # These are opened by name as the program runs.
  postFixup = ''
    wrapProgram $out/bin/nabla \
      --prefix LD_LIBRARY_PATH : ${lib.makeLibraryPath [ graphviz pango SDL2 libX11 zeromq ]}
  '';

  meta = {
    description = "Prompt and graph explorer for automatic differentiation";
    license = lib.licenses.mit;
    mainProgram = "nabla";
    platforms = lib.platforms.linux;
  };
}
