package io.github.lightning4j.tornado.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.util.Set;
import java.util.TreeSet;

/** What the build has generated, as bytes: its types are TornadoVM's, which is not here. */
class TensorKernelsTest {
    /** {@code -Dtornado.tvm.maxbytecodesize} of scripts/tornado-sdk, and Java's own bound. */
    private static final int MOST_BYTES = 65_535;

    private static final String CLASS =
            "/io/github/lightning4j/tornado/kernels/TensorKernels.class";

    @Test
    void everyKernelIsThereAndShortEnoughToBeCompiled() throws IOException {
        Set<String> kernels = new TreeSet<>();
        try (InputStream in = TensorKernelsTest.class.getResourceAsStream(CLASS)) {
            assertNotNull(in, CLASS);
            ClassModel model = ClassFile.of().parse(in.readAllBytes());
            for (MethodModel method : model.methods()) {
                String name = method.methodName().stringValue();
                if (!name.equals("<init>")) {
                    kernels.add(name);
                    int length =
                            method.code().map(CodeAttribute.class::cast).orElseThrow().codeLength();
                    assertTrue(length <= MOST_BYTES, name + " has " + length + " bytes");
                }
            }
        }
        assertEquals(
                Set.of(
                        "bf16x128",
                        "bf16x64",
                        "f16x128",
                        "f16x64",
                        "bf16x128States",
                        "bf16x64States",
                        "f16x128States",
                        "f16x64States"),
                kernels);
    }
}
