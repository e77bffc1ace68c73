package io.github.lightning4j.examples.service;

import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.serving.AppendEndedException;
import io.github.lightning4j.serving.ConversationLostException;
import io.github.lightning4j.serving.RejectedException;

/** A request that cannot be answered: the status and the words for it. */
final class HttpProblem extends Exception {
    private static final long serialVersionUID = 1L;

    /** Of HTTP. */
    private final int status;

    HttpProblem(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }

    /** What a failure is in HTTP. */
    static HttpProblem of(Exception e) {
        int status =
                switch (e) {
                    case HttpProblem problem -> problem.status;
                    case RejectedException rejected ->
                            rejected.reason() == RejectedException.Reason.CLOSED ? 503 : 429;
                    case AppendEndedException ended -> 504;
                    case ConversationLostException lost -> 410;
                    case MalformedDataException malformed -> 400;
                    case IllegalArgumentException argument -> 400;
                    case IndexOutOfBoundsException index -> 400;
                    case IllegalStateException busy -> 409;
                    default -> 500;
                };
        return new HttpProblem(status, String.valueOf(e.getMessage()));
    }
}
