package io.github.lightning4j.tornado.memory;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Keeps memory of the host locked for CUDA as long as its arrays live.
 *
 * <p>TornadoVM 5.2.0 locks an array when it gets memory on the device, but unlocks those of all
 * plans when it closes one, and never locks them again: copies of plans that live on then take
 * seven times as long. What somebody else has locked it leaves alone. So the driver is called here
 * before TornadoVM is, in the context that TornadoVM made; where that is not possible, TornadoVM
 * locks as it does.
 *
 * <p>Used by one thread at a time.
 */
final class LockedPages implements AutoCloseable {
    /** Copies of less are bound by their launch. */
    private static final long LEAST_BYTES = 1 << 20;

    /** Locked for all contexts: {@code CU_MEMHOSTREGISTER_PORTABLE}. */
    private static final int PORTABLE = 1;

    private static final System.Logger LOG = System.getLogger(LockedPages.class.getName());
    private static final @Nullable Driver DRIVER = Driver.find();

    private final List<MemorySegment> locked = new ArrayList<>();

    /** Whether memory of a device's arrays is to be locked here. */
    static boolean isFor(TornadoDevice device) {
        return device.getTornadoVMBackend().name().equals("CUDA");
    }

    /** Locks memory if it is large enough and the driver does it. */
    void lock(MemorySegment memory) {
        if (DRIVER != null && memory.byteSize() >= LEAST_BYTES && DRIVER.lock(memory)) {
            locked.add(memory);
        }
    }

    /** Unlocks everything; its memory is still there. */
    @Override
    public void close() {
        for (MemorySegment memory : locked) {
            if (DRIVER != null) {
                DRIVER.unlock(memory);
            }
        }
        locked.clear();
    }

    /** Functions of the CUDA driver, which TornadoVM's backend has loaded. */
    private static final class Driver {
        private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
        private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

        private final MethodHandle current;
        private final MethodHandle push;
        private final MethodHandle pop;
        private final MethodHandle register;
        private final MethodHandle unregister;
        private final MemorySegment result = Arena.global().allocate(ADDRESS);

        /** The context that TornadoVM made, once a thread had it. */
        private MemorySegment context = MemorySegment.NULL;

        private Driver(SymbolLookup library) {
            current = function(library, "cuCtxGetCurrent", ADDRESS);
            push = function(library, "cuCtxPushCurrent_v2", ADDRESS);
            pop = function(library, "cuCtxPopCurrent_v2", ADDRESS);
            register =
                    function(library, "cuMemHostRegister_v2", ADDRESS, ValueLayout.JAVA_LONG, INT);
            unregister = function(library, "cuMemHostUnregister", ADDRESS);
        }

        @SuppressWarnings("restricted") // calls the driver, whose functions these are
        static @Nullable Driver find() {
            boolean windows =
                    System.getProperty("os.name", "")
                            .toLowerCase(Locale.ROOT)
                            .startsWith("windows");
            try {
                return new Driver(
                        SymbolLookup.libraryLookup(
                                windows ? "nvcuda.dll" : "libcuda.so.1", Arena.global()));
            } catch (RuntimeException | Error e) {
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "memory is locked by TornadoVM alone: {0}",
                        e.toString());
                return null;
            }
        }

        @SuppressWarnings("restricted") // as above
        private static MethodHandle function(
                SymbolLookup library, String name, ValueLayout... arguments) {
            return Linker.nativeLinker()
                    .downcallHandle(
                            library.findOrThrow(name), FunctionDescriptor.of(INT, arguments));
        }

        boolean lock(MemorySegment memory) {
            return inContext(
                    () -> (int) register.invokeExact(memory, memory.byteSize(), PORTABLE) == 0);
        }

        void unlock(MemorySegment memory) {
            inContext(() -> (int) unregister.invokeExact(memory) == 0);
        }

        private interface Call {
            boolean succeeds() throws Throwable;
        }

        /** Calls the driver in TornadoVM's context; without one, nothing is done. */
        private boolean inContext(Call call) {
            try {
                if ((int) current.invokeExact(result) != 0) {
                    return false;
                }
                MemorySegment here = result.get(ADDRESS, 0);
                if (here.address() != 0) {
                    context = here;
                    return call.succeeds();
                }
                if (context.address() == 0 || (int) push.invokeExact(context) != 0) {
                    return false;
                }
                try {
                    return call.succeeds();
                } finally {
                    int ignored = (int) pop.invokeExact(result);
                    assert ignored == 0 : ignored;
                }
            } catch (Throwable e) {
                throw new IllegalStateException("the CUDA driver cannot be called", e);
            }
        }
    }
}
