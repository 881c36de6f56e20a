// textmate.js -- TextMate's highlighter: textmate.js GRAMMAR FILE prints [text, scope] as JSON
const fs = require('fs');
const oniguruma = require('vscode-oniguruma');
const { INITIAL, Registry, parseRawGrammar } = require('vscode-textmate');

(async () => {
  const wasm = fs.readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: p => new oniguruma.OnigScanner(p),
      createOnigString: s => new oniguruma.OnigString(s)
    }),
    loadGrammar: async () => parseRawGrammar(fs.readFileSync(process.argv[2], 'utf8'), 'g.json')
  });
  const grammar = await registry.loadGrammar('source.nabla');
  let state = INITIAL;
  const out = [];
  for (const line of fs.readFileSync(process.argv[3], 'utf8').split('\n')) {
    const r = grammar.tokenizeLine(line, state);
    state = r.ruleStack;
    for (const t of r.tokens)
      out.push([line.slice(t.startIndex, t.endIndex), t.scopes[t.scopes.length - 1]]);
  }
  console.log(JSON.stringify(out));
})();
