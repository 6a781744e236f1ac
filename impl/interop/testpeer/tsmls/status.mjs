// What callers are told when a call fails.
import grpc from "@grpc/grpc-js";

const { status } = grpc;

// A Refusal is an error with a code of gRPC.
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// invalid refuses what a field holds.
export const invalid = (field, why) => new Refusal(status.INVALID_ARGUMENT, `${field}: ${why}`);

// unknown refuses an id that stands for something else, or for nothing.
export const unknown = (field, id, want) => new Refusal(status.NOT_FOUND, `${field}: ${id} is not the id of ${want}`);

// unfit refuses what does not fit the state.
export const unfit = (field, why) => new Refusal(status.FAILED_PRECONDITION, `${field}: ${why}`);

// missing refuses what ts-mls has no way to do.
export const missing = (what) => new Refusal(status.UNIMPLEMENTED, `ts-mls: ${what}`);

// answer makes a call of the interface of an async function from request to
// response. Calls are carried out one by one. What ts-mls throws is passed on with
// the name of its class.
export function answer(call) {
  return (request, callback) => {
    last = last
      .then(() => call(request.request))
      .then(
        (response) => callback(null, response),
        (err) => {
          if (err instanceof Refusal) callback({ code: err.code, details: err.message });
          else callback({ code: status.INTERNAL, details: `ts-mls: ${err.name} (${err.constructor.name}): ${err.message}` });
        },
      );
  };
}

let last = Promise.resolve();
