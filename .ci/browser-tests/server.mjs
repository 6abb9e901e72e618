// A stand-in for the book's local server: a folder, and answers as the contract of `cargo course` has them. Tests only.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".png": "image/png", ".json": "application/json" };

/** Serves `folder`; with `api` also state, events, runs, and what `console` answers to a line. `push(event, data)` sends to every open page. */
export async function serve(folder, { api = false, state = {}, runs = {}, traces = [], console: console_ = () => ({ ok: false }) } = {}) {
  const open = new Set();
  const replaced = new Map();
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://x").pathname);
    const json = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (path.startsWith("/api/")) {
      if (!api) return json(404, { message: "no such page" });
      if (path === "/api/state") return json(200, handle.state);
      if (path === "/api/events") {
        response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
        response.write(`event: state\ndata: ${JSON.stringify(handle.state)}\n\n`);
        open.add(response);
        request.on("close", () => open.delete(response));
        return undefined;
      }
      if (path.startsWith("/api/try/") && request.method === "POST") return json(200, runs[path.slice(9)] ?? { ok: false, message: "There is no such run." });
      if (path.startsWith("/api/console/") && request.method === "POST") {
        let body = "";
        for await (const part of request) body += part;
        return json(200, await console_(path, JSON.parse(body)));
      }
      if (path.startsWith("/api/trace/")) return json(200, { ok: true, tests: traces });
      if (path.startsWith("/api/run/") && request.method === "POST") return json(202, { ok: true });
      return json(404, { message: "no such call" });
    }
    const file = normalize(path === "/" ? "/index.html" : path);
    try {
      const body = replaced.get(file) ?? (await readFile(join(folder, file)));
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
      response.end(body);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" });
      response.end("no such page");
    }
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const handle = {
    state,
    url: `http://127.0.0.1:${server.address().port}`,
    push(event, data) {
      if (event === "state") handle.state = data;
      for (const page of open) page.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    replace: (file, body) => replaced.set(file, body),
    listeners: () => open.size,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
  return handle;
}
