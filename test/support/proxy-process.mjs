// An HTTP proxy: node proxy-process.mjs NAME=HOST:PORT… sends what is asked of NAME to HOST:PORT, and nothing else.
// It answers CONNECT and absolute addresses, prints its own address and then a line for each request. With PROXY_USER
// (user:password) it wants these.

import { Buffer } from "node:buffer";
import http from "node:http";
import net from "node:net";

const places = new Map(process.argv.slice(2).map((pair) => pair.split("=")));
const wanted = process.env.PROXY_USER && `Basic ${Buffer.from(process.env.PROXY_USER).toString("base64")}`;
const isRefused = (request) => wanted && request.headers["proxy-authorization"] !== wanted;

const server = http.createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  const place = places.get(url?.hostname);
  if (isRefused(request)) return void response.writeHead(407, { "proxy-authenticate": "Basic" }).end();
  if (place === undefined) return void response.writeHead(502).end();
  const [host, port] = place.split(":");
  const own = ["proxy-authorization", "proxy-connection"];
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !own.includes(name)));
  const sent = http.request({ host, port, method: request.method, path: url.pathname + url.search, headers });
  sent.on("response", (reply) => {
    response.writeHead(reply.statusCode, reply.headers);
    reply.pipe(response);
  });
  sent.on("error", () => response.destroy());
  request.pipe(sent);
});
server.on("connect", (request, socket, head) => {
  console.log(`CONNECT ${request.url}`);
  socket.on("error", () => undefined);
  const place = places.get(request.url.split(":")[0]);
  if (isRefused(request))
    return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
  if (place === undefined) return void socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
  const [host, port] = place.split(":");
  const there = net.connect(Number(port), host, () => {
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    there.write(head);
    there.pipe(socket).pipe(there);
  });
  there.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
