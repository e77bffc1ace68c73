package io.github.lightning4j;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where the library was called from: the frames above its own. Taking one costs some microseconds;
 * it becomes text only when somebody reads it.
 */
final class CallSite {
    /** More than one, because the nearest may be a wrapper that everybody calls. */
    private static final int FRAMES = 8;

    /** By name, since these classes know this one. */
    private static final Set<String> OWN =
            Stream.of(
                            "CallSite",
                            "OpenSession",
                            "AttentionSession",
                            "OpenPool",
                            "StatePool",
                            "LightningAttention")
                    .map(name -> CallSite.class.getPackageName() + "." + name)
                    .collect(Collectors.toUnmodifiableSet());

    private static final StackWalker WALKER = StackWalker.getInstance();

    private final List<StackWalker.StackFrame> frames;

    private CallSite(List<StackWalker.StackFrame> frames) {
        this.frames = frames;
    }

    /** Where the current call has come from. */
    static CallSite here() {
        return new CallSite(
                WALKER.walk(frames ->
                        frames.dropWhile(frame -> OWN.contains(frame.getClassName()))
                                .limit(FRAMES)
                                .toList()));
    }

    /** A line for each frame, as a stack trace has them. */
    @Override
    public String toString() {
        return frames.stream()
                .map(frame -> "\n\tat " + frame.toStackTraceElement())
                .collect(Collectors.joining());
    }
}
