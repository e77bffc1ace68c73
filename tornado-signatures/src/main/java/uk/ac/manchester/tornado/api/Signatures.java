package uk.ac.manchester.tornado.api;

/** What every method here does: these classes only say what TornadoVM has. */
public final class Signatures {
    private Signatures() {}

    /** For constants that are no compile-time constants. */
    public static long unknown() {
        return 0;
    }

    /** For every body; public, but no part of TornadoVM. */
    public static UnsupportedOperationException only() {
        return new UnsupportedOperationException("compile-only signature of TornadoVM");
    }
}
