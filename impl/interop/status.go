package interop

import (
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"mlssim/spec"
)

// Every refusal names the field of the request that is to blame, by its path: of
// the second proposal by reference "by_reference[1]".

// invalid refuses a field that means nothing, whatever the state of the group.
func invalid(field, format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, "%s: %s", field, fmt.Sprintf(format, args...))
}

// refused returns the status of an error of a step that a field led to: a
// FailedPrecondition if the protocol forbids it, with the requirement that it rests
// on. Without an error there is none.
func refused(field string, err error) error {
	switch {
	case err == nil:
		return nil
	case status.Code(err) != codes.Unknown: // a status already
		return err
	case spec.Violated(err) != "", errors.Is(err, spec.ErrOwn), errors.Is(err, spec.ErrRemoved):
		return status.Errorf(codes.FailedPrecondition, "%s: %v", field, err)
	}
	return status.Errorf(codes.Internal, "%s: %v", field, err)
}

// unfit refuses something that is right by itself, in the state that a group is in.
func unfit(field, format string, args ...any) error {
	return status.Errorf(codes.FailedPrecondition, "%s: %s", field, fmt.Sprintf(format, args...))
}
