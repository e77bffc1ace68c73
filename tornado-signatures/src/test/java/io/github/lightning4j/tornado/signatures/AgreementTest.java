package io.github.lightning4j.tornado.signatures;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.function.Executable;

import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.Target;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Every public or protected signature here is one of the installed SDK's, down to constants. */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class AgreementTest {
    private static final String OURS_ONLY = "uk.ac.manchester.tornado.api.Signatures";

    @TestFactory
    Stream<DynamicTest> signatures() throws Exception {
        Path classes =
                Path.of(
                        Class.forName(OURS_ONLY)
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            List<String> names =
                    files.filter(file -> file.toString().endsWith(".class"))
                            .map(file -> classes.relativize(file).toString())
                            .map(file -> file.replace(".class", "").replace('/', '.'))
                            .filter(name -> !Set.of(OURS_ONLY, "module-info").contains(name))
                            .sorted()
                            .toList();
            assertTrue(names.size() > 20, "classes: " + names);
            return names.stream().map(name -> DynamicTest.dynamicTest(name, () -> compare(name)));
        }
    }

    private static void compare(String name) throws Exception {
        try (URLClassLoader sdk =
                new URLClassLoader(jars(), ClassLoader.getPlatformClassLoader())) {
            Class<?> ours = Class.forName(name, false, AgreementTest.class.getClassLoader());
            Class<?> theirs = Class.forName(name, false, sdk);
            assertEquals(ours.isInterface(), theirs.isInterface(), "interface");
            assertEquals(ours.isEnum(), theirs.isEnum(), "enum");
            assertEquals(meta(ours), meta(theirs), "retention and targets");
            for (Class<?> above : supertypes(ours)) {
                assertTrue(
                        supertypes(theirs).stream()
                                .anyMatch(type -> type.getName().equals(above.getName())),
                        () -> theirs + " is a " + above);
            }
            List<Executable> checks = new ArrayList<>();
            for (Field field : ours.getDeclaredFields()) {
                if (isVisible(field)) {
                    checks.add(() -> field(field, theirs));
                }
            }
            for (Method method : ours.getDeclaredMethods()) {
                if (isVisible(method)) {
                    checks.add(() -> method(method, theirs));
                }
            }
            for (Constructor<?> constructor : ours.getDeclaredConstructors()) {
                if (isVisible(constructor)) {
                    checks.add(() ->
                            sameModifiers(
                                    constructor,
                                    theirs.getDeclaredConstructor(
                                            types(constructor.getParameterTypes(), theirs))));
                }
            }
            assertAll(checks);
        }
    }

    /** What an annotation says of itself. */
    private static List<String> meta(Class<?> type) {
        return type.isAnnotation()
                ? Stream.of(type.getAnnotations())
                        .filter(a -> a instanceof Retention || a instanceof Target)
                        .map(Object::toString)
                        .sorted()
                        .toList()
                : List.of();
    }

    /** All that a class or interface is. */
    private static Set<Class<?>> supertypes(Class<?> type) {
        Set<Class<?>> types = new LinkedHashSet<>();
        Stream.concat(Stream.ofNullable(type.getSuperclass()), Stream.of(type.getInterfaces()))
                .forEach(above -> {
                    types.add(above);
                    types.addAll(supertypes(above));
                });
        return types;
    }

    private static URL[] jars() throws IOException {
        Path folder =
                Path.of(System.getProperty("lightning.tornado.sdk"), "share", "java", "tornado");
        try (Stream<Path> files = Files.list(folder)) {
            List<URL> urls = new ArrayList<>();
            for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
                urls.add(jar.toUri().toURL());
            }
            return urls.toArray(URL[]::new);
        }
    }

    private static boolean isVisible(Member member) {
        return !member.isSynthetic()
                && (Modifier.isPublic(member.getModifiers())
                        || Modifier.isProtected(member.getModifiers()));
    }

    private static void field(Field ours, Class<?> theirs) throws Exception {
        Field field = theirs.getField(ours.getName());
        sameModifiers(ours, field);
        assertEquals(ours.getType().getName(), field.getType().getName(), ours.toString());
        if (ours.getType() == int.class && Modifier.isStatic(ours.getModifiers())) {
            assertEquals(ours.get(null), field.get(null), ours.toString());
        }
    }

    private static void method(Method ours, Class<?> theirs) throws Exception {
        Method method = theirs.getMethod(ours.getName(), types(ours.getParameterTypes(), theirs));
        sameModifiers(ours, method);
        assertEquals(
                ours.getReturnType().getName(), method.getReturnType().getName(), ours.toString());
    }

    private static void sameModifiers(Member ours, Member theirs) {
        int both = Modifier.PUBLIC | Modifier.PROTECTED | Modifier.STATIC;
        assertEquals(
                ours.getModifiers() & both, theirs.getModifiers() & both, ours + " and " + theirs);
    }

    /** The same types as another loader has them. */
    private static Class<?>[] types(Class<?>[] ours, Class<?> theirs)
            throws ClassNotFoundException {
        Class<?>[] types = new Class<?>[ours.length];
        for (int i = 0; i < ours.length; i++) {
            types[i] =
                    ours[i].isPrimitive()
                            ? ours[i]
                            : Class.forName(ours[i].getName(), false, theirs.getClassLoader());
        }
        assertEquals(
                Arrays.toString(Stream.of(ours).map(Class::getName).toArray()),
                Arrays.toString(Stream.of(types).map(Class::getName).toArray()));
        return types;
    }
}
