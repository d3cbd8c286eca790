/**
 * The path of the program `drivebell-simulator`: a simulator of OneDrive's and SharePoint's notification
 * service, for tests. `drivebell/testing` starts it.
 *
 * Throws if the package has no program for this platform.
 */
export declare function program(): string
