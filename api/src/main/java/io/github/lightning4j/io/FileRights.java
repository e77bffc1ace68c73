package io.github.lightning4j.io;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Permissions, owner and group of a file that is to be replaced; empty where the file does not
 * exist yet, or on a file system without them.
 */
final class FileRights {
    private static final Set<PosixFilePermission> OF_OWNER =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    /** Permissions of the group, each with the same permission of everybody. */
    private static final Map<PosixFilePermission, PosixFilePermission> OF_GROUP =
            Map.of(
                    PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ,
                    PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE,
                    PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

    private final @Nullable PosixFileAttributes kept;

    private FileRights(@Nullable PosixFileAttributes kept) {
        this.kept = kept;
    }

    /** The rights of a file. */
    static FileRights of(Path file) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(file, PosixFileAttributeView.class);
        try {
            return new FileRights(view == null ? null : view.readAttributes());
        } catch (NoSuchFileException e) {
            return new FileRights(null);
        }
    }

    /**
     * What a file that will get these rights begins with: until it has them only its owner can read
     * what is written.
     */
    FileAttribute<?>[] whileWriting() {
        return kept == null
                ? new FileAttribute<?>[0]
                : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OF_OWNER)};
    }

    /** Gives these rights to a new file. */
    void giveTo(Path file) throws IOException {
        if (kept == null) {
            return;
        }
        PosixFileAttributeView view =
                Files.getFileAttributeView(file, PosixFileAttributeView.class);
        PosixFileAttributes fresh = view.readAttributes();
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        permissions.addAll(kept.permissions());
        try {
            if (!fresh.group().equals(kept.group())) {
                view.setGroup(kept.group());
            }
        } catch (FileSystemException e) {
            // Not a group of this process, so the group gets only what everybody may do.
            permissions.removeIf(
                    p -> OF_GROUP.containsKey(p) && !kept.permissions().contains(OF_GROUP.get(p)));
        }
        try {
            if (!fresh.owner().equals(kept.owner())) {
                view.setOwner(kept.owner());
            }
        } catch (FileSystemException e) {
            // Only root gives files away.
        }
        // Last, because a change of owner takes some of them away. Only root gives files away, and
        // root may still set the permissions of such a file.
        view.setPermissions(permissions);
    }
}
