// Serves the interface of MLS clients under test over ts-mls.
//
//   node serve.mjs PROTO [PORT]
//
// PROTO is the file that describes the interface. The address, on the loopback
// interface, is the first line of output; without PORT it is one that is free. The
// server ends when its standard input does.
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";
import { answer } from "./status.mjs";
import * as begin from "./calls/begin.mjs";
import * as use from "./calls/use.mjs";
import * as propose from "./calls/propose.mjs";
import * as commit from "./calls/commit.mjs";
import * as subgroup from "./calls/subgroup.mjs";
import * as outside from "./calls/outside.mjs";

const [proto, port = "0"] = process.argv.slice(2);
const described = protoLoader.loadSync(proto, {
  keepCase: true,
  defaults: true,
  longs: String,
});
const { service } = grpc.loadPackageDefinition(described).mls_client.MLSClient;

const calls = { ...begin, ...use, ...propose, ...commit, ...subgroup, ...outside };
for (const name of Object.keys(service)) {
  if (!calls[name]) throw new Error(`${name} is missing`);
}

const server = new grpc.Server({
  "grpc.max_receive_message_length": 1 << 25,
  "grpc.max_send_message_length": 1 << 25,
});
server.addService(service, Object.fromEntries(Object.keys(service).map((name) => [name, answer(calls[name])])));
server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (err, bound) => {
  if (err) throw err;
  console.log(`127.0.0.1:${bound}`);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
