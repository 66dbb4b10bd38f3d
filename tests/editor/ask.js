// Asks yaml-language-server what an editor would show. Standard input is a list of questions, each with a `text` and
// either a place (`line`, `character`, from 0) for `completion` and `hover`, or none for `diagnostics`; standard output
// is the list of answers. The first argument is the server's folder below node_modules.
"use strict";
const { spawn } = require("node:child_process");
const path = require("node:path");

const server = spawn(process.execPath, [path.join(process.argv[2], "bin", "yaml-language-server"), "--stdio"], {
  stdio: ["pipe", "pipe", "inherit"],
});

// JSON-RPC over a pipe: a header with the length of the body, then the body.
const waiting = new Map();
const published = new Map();
let received = Buffer.alloc(0);
let lastId = 0;

server.stdout.on("data", (chunk) => {
  received = Buffer.concat([received, chunk]);
  for (;;) {
    const end = received.indexOf("\r\n\r\n");
    const length = end < 0 ? null : /Content-Length: (\d+)/i.exec(received.subarray(0, end));
    if (!length || received.length < end + 4 + Number(length[1])) return;
    const body = received.subarray(end + 4, end + 4 + Number(length[1]));
    received = received.subarray(end + 4 + Number(length[1]));
    take(JSON.parse(body));
  }
});

function take(message) {
  if (message.method && message.id !== undefined) {
    // The server asks for its configuration: one empty answer for each item, so that the defaults hold.
    const result = message.method === "workspace/configuration" ? message.params.items.map(() => null) : null;
    send({ id: message.id, result });
  } else if (message.method === "textDocument/publishDiagnostics") {
    published.get(message.params.uri)?.(message.params.diagnostics);
  } else if (waiting.has(message.id)) {
    waiting.get(message.id)(message.result);
  }
}

function send(message) {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function request(method, params) {
  const id = ++lastId;
  send({ id, method, params });
  return new Promise((resolve) => waiting.set(id, resolve));
}

async function answer(question, index) {
  const uri = `file:///editor/${index}.yml`;
  const diagnostics = new Promise((resolve) => published.set(uri, resolve));
  const textDocument = { uri, languageId: "yaml", version: 1, text: question.text };
  send({ method: "textDocument/didOpen", params: { textDocument } });
  const at = { textDocument: { uri }, position: { line: question.line, character: question.character } };
  switch (question.ask) {
    case "completion":
      return (await request("textDocument/completion", at)).items.map(({ label, documentation }) => ({
        label,
        help: documentation?.value ?? documentation ?? "",
      }));
    case "hover":
      return (await request("textDocument/hover", at))?.contents.value ?? "";
    default:
      return (await diagnostics).map(({ range, message }) => ({ line: range.start.line, message }));
  }
}

async function main() {
  let input = "";
  for await (const chunk of process.stdin) input += chunk;
  const capabilities = { textDocument: { completion: { completionItem: { documentationFormat: ["markdown"] } } } };
  await request("initialize", { processId: process.pid, rootUri: null, capabilities, workspaceFolders: null });
  send({ method: "initialized", params: {} });
  const answers = [];
  for (const [index, question] of JSON.parse(input).entries()) answers.push(await answer(question, index));
  process.stdout.write(JSON.stringify(answers));
  server.kill();
}

main();
