/**
 * The path of the program `drivebell-simulator`: a simulator of OneDrive's and SharePoint's notification
 * service, for tests. `drivebell/testing` starts it.
 *
 * Throws an error with the code `ERR_DRIVEBELL_SIMULATOR` if there is no program for this platform, or if
 * its package is not installed.
 */
export declare function program(): string
