package io.github.lightning4j.cli.options;

import io.github.lightning4j.cli.checks.Problem;

import java.util.List;

/**
 * Tensors as a command works on them, and the files that hold them until it ends.
 *
 * @param problem what they are
 * @param notices what of the files is not used, a line each
 * @param release lets go of the files
 */
public record OpenedInput(Problem problem, List<String> notices, Runnable release)
        implements AutoCloseable {
    @Override
    public void close() {
        release.run();
    }
}
